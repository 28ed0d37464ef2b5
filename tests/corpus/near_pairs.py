"""Labelled pairs of posts made by editing real ones: what a copy is, as examples, with fixed seeds.

`originals` reads posts from the public sets and splits them: what is tuned is tuned on one half, what is reported is
measured on the other. `pairs` edits each post at most once. Nothing of the posts is kept in the repository.

A copy: cut to at least ten words and a third of its length; emoji put in, taken out; one word of at least eight
changed, put in or left out, no number and no negation; another link; quoted with a comment that does not deny it; case
and punctuation. No copy: translated; another post on the same topic; another number; a negation put in; denied in a
quote; other content under one header or over one footer.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from near_parallel import translations

Change = Callable[[str, random.Random], str | None]
"""An edit of a post; None where the post does not lend itself to it."""


@dataclass(frozen=True)
class Pair:
    kind: str
    one: str
    other: str
    copy: bool


_EMOJI = (
    "😀",
    "😂",
    "🤣",
    "😍",
    "🔥",
    "👍",
    "🙏🏽",
    "💯",
    "🎉",
    "😭",
    "🤔",
    "❤️",
    "✨",
    "🚀",
    "🇧🇷",
    "👩‍🚀",
    "✌️",
    "🫠",
)
_COMMENTS = (
    "This is so true, read it",
    "Look at what I just found",
    "Sharing this because everybody should see it",
    "My thoughts exactly, thank you for writing this",
    "Interesting take here, what do you all think about it?",
    "wow",
    "Saw this today and had to pass it on",
    "gente, olhem isso",
)
_DENIALS = (
    "This is false.",
    "Not true at all!",
    "That never happened.",
    "Isso é mentira.",
    "This is fake, please stop sharing it.",
    "No, that is wrong.",
)
_FILLERS = (
    "garden window quietly yellow harbour listen music river walked strange bright sudden weather street holiday "
    "kitchen finally maybe paper lovely morning camera winter green broken cheerful ticket lucky"
)
_WORDS = _FILLERS.split()
_NO_EDIT = (
    "no not never none nobody nothing neither nor cannot without não nao nunca nem sem nada false fake "
    "one two three four five six seven eight nine ten hundred thousand million billion "
    "um dois três quatro cinco seis sete oito nove dez mil"
)
_CLAIMS = frozenset(_NO_EDIT.split())
_VERBS = re.compile(
    r"\b(is|are|was|were|will|can|should|has|would|could|é|foi|está|vai|são)\b(?!\s*(?:not|n't|nt))", re.I
)
_LINK = re.compile(r"https?://\S+")
_NO_WORDS = re.compile(r"(?:https?://|www\.|@)\S+")
_NUMBER = re.compile(r"\d+")
_PIECE = re.compile(r"\S+")


def _count(text: str) -> int:
    """Words, links and mentions aside."""
    return len(re.findall(r"[^\W_]+", _NO_WORDS.sub("", text)))


def _plain(word: str) -> bool:
    """Whether `word` is letters alone and neither counts nor negates."""
    return word.isalpha() and len(word) > 2 and word.casefold() not in _CLAIMS


def _link(rng: random.Random) -> str:
    return f"https://{rng.choice(('t.example', 'news.example', 'pics.example'))}/{rng.getrandbits(40):x}"


def truncation(text: str, rng: random.Random) -> str | None:
    cut = text[: int(len(text) * rng.uniform(0.35, 0.9))].rstrip()
    if _count(cut) < 11:  # the last may be cut
        return None
    return cut + rng.choice(("", "…", "...", "… " + _link(rng)))


def emoji(text: str, rng: random.Random) -> str | None:
    words = text.split(" ")
    for _ in range(rng.randint(1, 4)):
        words.insert(rng.randint(0, len(words)), rng.choice(_EMOJI) * rng.randint(1, 3))
    return " ".join(words)


def one_word(text: str, rng: random.Random) -> str | None:
    pieces = list(_PIECE.finditer(text))
    chosen = [piece for piece in pieces if _plain(piece.group())]
    if not chosen or _count(text) < 9:
        return None
    at = rng.choice(chosen)
    new = rng.choice((rng.choice(_WORDS), f"{at.group()} {rng.choice(_WORDS)}", ""))
    return text[: at.start()] + new + text[at.end() :]


def link(text: str, rng: random.Random) -> str | None:
    if len(text.split()) < 4:
        return None
    if _LINK.search(text):
        return _LINK.sub(lambda _: _link(rng), text)
    return rng.choice((f"{text} {_link(rng)}", f"{_link(rng)} {text}", f"{text}\n\n{_link(rng)}"))


def quote(text: str, rng: random.Random) -> str | None:
    words = len(text.split())
    if words < 12:
        return f"RT @{rng.choice(_WORDS)}: {text}" if words > 3 else None
    comment = rng.choice(_COMMENTS)
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    return rng.choice(
        (
            f"RT @{rng.choice(_WORDS)}_{rng.randint(1, 99)}: {text}",
            f"{quoted}\n\n{comment}",
            f"{comment}:\n\n{quoted}",
            f"“{text}” — {comment}",
            f'{comment}: "{text}"',
            f"{text} (via @{rng.choice(_WORDS)})",
        )
    )


def typography(text: str, rng: random.Random) -> str | None:
    if len(text.split()) < 3:
        return None
    return rng.choice(
        (
            text.upper(),
            text.lower(),
            text + "!!!",
            re.sub(r"[,.;:](?=\s|$)", "", text),
            text.replace("'", "’").replace('"', "“").replace("-", "—"),
            "  ".join(text.split()),
            text.translate({code: code + 0xFEE0 for code in range(0x41, 0x5B)}),
        )
    )


def two_edits(text: str, rng: random.Random) -> str | None:
    """A small edit of a text cut or quoted, as posts come that went through several hands."""
    once = rng.choice((truncation, quote))(text, rng)
    return None if once is None else rng.choice((emoji, link, one_word, typography))(once, rng)


def number(text: str, rng: random.Random) -> str | None:
    found = [
        match
        for match in _NUMBER.finditer(_LINK.sub(lambda m: "x" * len(m.group()), text))
        if match.end() < 7_000
    ]
    if not found:
        return None
    at = rng.choice(found)
    if text[: at.start()].split(" ")[-1].startswith("@"):
        return None
    return f"{text[: at.start()]}{int(at.group()[:9]) + rng.randint(1, 12)}{text[at.end() :]}"


def negation(text: str, rng: random.Random) -> str | None:
    found = [match for match in _VERBS.finditer(text) if match.end() < 7_000]
    if not found:
        return None
    at = rng.choice(found)
    if at.group() in ("é", "foi", "está", "vai", "são"):
        return f"{text[: at.start()]}não {text[at.start() :]}"
    return f"{text[: at.end()]} {rng.choice(('not', 'never'))}{text[at.end() :]}"


def denial(text: str, rng: random.Random) -> str | None:
    said = rng.choice(_DENIALS)
    if len(text) > 4_000:
        return None
    return rng.choice(
        (f"> {text}\n\n{said}", f"{said} “{text}”", f"RT @{rng.choice(_WORDS)}: {text} — {said}")
    )


POSITIVE: dict[str, Change] = {
    "truncation": truncation,
    "emoji": emoji,
    "one word": one_word,
    "link": link,
    "quote": quote,
    "case and punctuation": typography,
    "two edits": two_edits,
}
NEGATIVE: dict[str, Change] = {"number": number, "negation": negation, "denied in a quote": denial}


def pairs(groups: dict[str, list[str]], each: int, seed: int) -> list[Pair]:
    """About `each` pairs of each kind from `groups`, texts by community; each text is used once."""
    rng = random.Random(seed)
    pool = [(name, text) for name in sorted(groups) for text in groups[name]]
    rng.shuffle(pool)
    found: list[Pair] = []
    for kind, change, copy in [
        *((kind, change, True) for kind, change in POSITIVE.items()),
        *((kind, change, False) for kind, change in NEGATIVE.items()),
    ]:
        made, kept = 0, []
        while pool and made < each:
            entry = pool.pop()
            other = change(entry[1], rng)
            if other is None or other == entry[1]:
                kept.append(entry)
                continue
            # Either may have been written first.
            found.append(
                Pair(kind, entry[1], other, copy) if rng.random() < 0.5 else Pair(kind, other, entry[1], copy)
            )
            made += 1
        pool = kept + pool
        rng.shuffle(pool)
    found += _same_topic(pool[::2], each, rng)
    found += _templates([text for _, text in pool[1::2]], each, rng)
    found += [Pair("translation", one, other, False) for one, other in translations(each // 2, rng)]
    return found


def _same_topic(pool: list[tuple[str, str]], each: int, rng: random.Random) -> Iterator[Pair]:
    """Two posts of one community, of forty the one that shares most words with the first."""
    by_group: dict[str, list[str]] = {}
    for name, text in pool:
        by_group.setdefault(name, []).append(text)
    names = [name for name, texts in sorted(by_group.items()) if len(texts) > 40]
    for _ in range(each if names else 0):
        one, *others = rng.sample(by_group[rng.choice(names)], 41)
        words = set(one.lower().split())
        most = max(others, key=lambda other: _overlap(words, set(other.lower().split())))
        # The sets hold copies of their own, which are no negatives: their words are nearly all the same.
        if _overlap(words, set(most.lower().split())) < 0.5:
            yield Pair("same topic", one, most, False)


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _templates(texts: list[str], each: int, rng: random.Random) -> Iterator[Pair]:
    """Two contents of at least twelve words, cut from posts, under one header or over one footer, up to thrice as long."""
    texts = [text for text in texts if len(text.split()) >= 15]
    for at in range(0, min(3 * each, len(texts) - 2), 3):
        shared, one, other = (text.split() for text in texts[at : at + 3])
        length = rng.randint(12, 60)
        one, other = one[:length], other[: length + rng.randint(-5, 5)]
        if _overlap(set(one), set(other)) > 0.3:
            continue
        common = " ".join(shared[: 3 * length])
        first, second = " ".join(one), " ".join(other)
        if rng.random() < 0.5:
            yield Pair("one header", f"{common}\n\n{first}", f"{common}\n\n{second}", False)
        else:
            yield Pair("one footer", f"{first}\n\n{common}", f"{second}\n\n{common}", False)


def originals(folder: Path, half: int, limit: int) -> dict[str, list[str]]:
    """Texts by community from the sets in `folder`: of every other community and line, up to `limit` of each."""
    groups: dict[str, list[str]] = {}
    for path in sorted(folder.glob("reddit/*.csv.gz"))[half::2]:
        with gzip.open(path, "rt", newline="", encoding="utf-8", errors="replace") as lines:
            rows = (row for row, _ in zip(csv.DictReader(lines), range(limit), strict=False))
            texts = [f"{row['title']}\n\n{row['selftext']}".strip() for row in rows]
        groups[path.name] = _usable(texts)
    for path in sorted(folder.glob("tweeteval/*/test_text.txt")):
        texts = path.read_text(encoding="utf-8", errors="replace").split("\n")[half::2]
        groups[path.parent.name] = _usable(texts[: 10 * limit])
    path = folder / "told_br" / "ToLD-BR.csv"
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as lines:
            texts = [row["text"] for row in csv.DictReader(lines)][half::2]
        groups["told_br"] = _usable(texts[: 20 * limit])
    return groups


def _usable(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if len(text.split()) >= 5))
