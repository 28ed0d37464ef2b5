"""Pairs made from posts by controlled edits: a sentence of a post, changed in one stated way (`edit_kinds`), beside its post.

Reads Reddit's posts (and training sentences of ASSIN and OCNLI for Portuguese and Chinese, and sentences with two names or two
persons of FEVER, Fool Me Twice and SICK) from the folder of `claim_sets`; posts of one community in five are for the test.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections.abc import Iterator, Sequence
from itertools import islice

import claim_sets
import edit_kinds
from claim_sets import Label, Pair, Part
from truthgpt.truth.sentences import split

TESTED = 0.2
"""Share of the communities whose posts are for the test."""
WORDS = (6, 40)
"""Words of a sentence that is edited, at least and at most."""
_SCENE = re.compile(
    r"((?:A|The|Two|Some|Several) .+?) (is|are) (\w+ing(?: (?:at|to|with|on|by|near|behind|over|for|from))?) ((?:a|an|the|two|some|another) \w+(?: \w+)?)\.?"
)


def swapped(pairs: Sequence[Pair], many: int, seed: int = 0) -> list[Pair]:
    """About `many` pairs from the evidence of `pairs`: who does what to whom is turned round, beside as many that follow.

    Of an encyclopaedia's sentences two names change places, of SICK's who acts and who is acted upon.
    """
    dice = random.Random(seed)
    found: list[Pair] = []
    evidence = {
        pair.evidence: pair for pair in pairs if pair.source in ("fever_dev_pairs", "fool_me_twice", "sick")
    }
    for text in dice.sample(sorted(evidence), len(evidence)):
        if len(found) >= many:
            break
        pair = evidence[text]
        sentence = text.strip() if pair.source == "sick" else split(text)[0].text
        claim = _turned_round(sentence) if pair.source == "sick" else edit_kinds.roles(sentence, dice)
        if claim and claim != sentence and len(sentence) < 400:
            found.append(Pair(claim, text, "not supported", "edit:roles", pair.part, pair.topic))
            found.append(Pair(sentence, text, "supported", "edit:same", pair.part, pair.topic))
    return found


def _turned_round(sentence: str) -> str | None:
    scene = _SCENE.fullmatch(sentence)
    if scene is None or " and " in sentence or scene[1][1:].lstrip() == scene[4][1:].lstrip():
        return None
    who, is_, does, whom = scene.groups()
    is_ = "are" if re.match(r"two|some", whom) else "is"
    return f"{whom[0].upper()}{whom[1:]} {is_} {does} {who[0].lower()}{who[1:]}."


def _posts() -> Iterator[tuple[str, str]]:
    """Community and text of Reddit's posts with a text of their own."""
    csv.field_size_limit(1 << 24)
    for path in sorted((claim_sets.DATASETS / "reddit").glob("*.csv.gz")):
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if len(row["selftext"]) > 80:
                    yield path.name.split(".")[0], f"{row['title']}\n{row['selftext'][:6_000]}"


def titles(many: int, dice: random.Random) -> list[str]:
    """Titles of posts of the training communities."""
    csv.field_size_limit(1 << 24)
    found: list[str] = []
    for path in sorted((claim_sets.DATASETS / "reddit").glob("*.csv.gz")):
        if claim_sets.share(path.name.split(".")[0]) >= TESTED:
            with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
                found += [
                    row["title"] for row in islice(csv.DictReader(file), 60) if 25 < len(row["title"]) < 200
                ]
    return dice.sample(found, min(many, len(found)))


def _usable(sentence: str) -> bool:
    few, many = WORDS
    return (
        few <= len(sentence.split()) <= many
        and sentence[-1] in ".!"
        and sentence[0].isalpha()
        and not any(mark in sentence for mark in ("http", "](", "*", "&", "_", ">", "\n"))
    )


def from_posts(many: int, seed: int = 0) -> list[Pair]:
    """About `many` pairs made from Reddit's posts: each edit of a sentence stands with the sentence itself, unchanged.

    The evidence is the sentence among up to three of its neighbours. Half are edits, half follow.
    """
    dice = random.Random(seed)
    posts = list(_posts())
    dice.shuffle(posts)
    names: list[str] = []
    counts = dict.fromkeys((kind.name for kind in edit_kinds.ENGLISH), 0)
    counts["name"] = 0
    most = many // (2 * len(counts)) + 1
    found: list[Pair] = []
    for community, text in posts:
        part: Part = "test" if claim_sets.share(community) < TESTED else "train"
        sentences = [span.text for span in split(text)]
        for place, sentence in enumerate(sentences):
            if not _usable(sentence):
                continue
            start = max(0, place - dice.randrange(3))
            passage = " ".join(sentences[start : place + 1 + dice.randrange(3)])
            if len(passage) > 600:
                continue
            made = _edited(sentence, dice, names, counts, most)
            names.extend(edit_kinds.NAME.findall(sentence))
            del names[:-5_000]
            for name, label, claim in made:
                counts[name] += 1
                found.append(Pair(claim, passage, label, f"edit:{name}", part, community))
            if made and dice.random() < 0.6:
                found.append(Pair(sentence, passage, "supported", "edit:same", part, community))
            if made:
                break
        if len(found) >= many:
            break
    return found


def _edited(
    sentence: str, dice: random.Random, names: Sequence[str], counts: dict[str, int], most: int
) -> list[tuple[str, Label, str]]:
    """Up to two edits of the sentence, of the kinds that are still wanted; rare kinds first."""
    kinds = [
        *edit_kinds.ENGLISH,
        edit_kinds.Kind("name", "not supported", lambda text, d: _named(text, d, names)),
    ]
    kinds = sorted((kind for kind in kinds if counts[kind.name] < most), key=lambda kind: counts[kind.name])
    made: list[tuple[str, Label, str]] = []
    for kind in kinds:
        claim = kind.edit(sentence, dice)
        if claim and claim != sentence:
            made.append((kind.name, kind.label, claim))
        if len(made) == 2:
            break
    return made


def _named(sentence: str, dice: random.Random, names: Sequence[str]) -> str | None:
    return edit_kinds.once(edit_kinds.NAME, sentence, dice, lambda old: dice.choice(names) if names else None)


def from_sets(pairs: Sequence[Pair], many: int, seed: int = 0) -> list[Pair]:
    """About `many` pairs made from the Portuguese and Chinese evidence of `pairs`, in the part that each stands in."""
    dice = random.Random(seed)
    found: list[Pair] = []
    chosen = [pair for pair in pairs if pair.source in edit_kinds.OTHERS]
    dice.shuffle(chosen)
    for pair in chosen:
        if len(found) >= many:
            break
        for kind in dice.sample(edit_kinds.OTHERS[pair.source], 2):
            claim = kind.edit(pair.evidence, dice)
            if claim and claim != pair.evidence:
                found.append(
                    Pair(claim, pair.evidence, kind.label, f"edit:{kind.name}", pair.part, pair.topic)
                )
        found.append(Pair(pair.evidence, pair.evidence, "supported", "edit:same", pair.part, pair.topic))
    return found
