"""Which of the encoder's 250,000 pieces the verifier keeps: those that English, Portuguese and Chinese texts are made of.

A piece that is left out costs nothing but length: the word is cut into smaller ones, down to single characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import regex

from truthgpt.search import embedding, glossary
from truthgpt.truth.crossencoder.pieces import MARKS, tokenizer_of
from truthgpt.truth.crossencoder.text import readable

COUNT = 32_000
"""Pieces that are kept: each costs 388 bytes of 30 MB."""
SPELLED = regex.compile(r"[▁\p{Latin}\p{N}\p{P}\p{S}]")
"""Characters that are kept whatever the texts are, so that few are unknown; of Han those that the search's words have."""
TOGETHER = 20_000


def known_words() -> list[str]:
    """The words of the search's vocabulary and of its translations, in three languages."""
    listed = (embedding.FOLDER / embedding.VOCABULARY).read_text(encoding="utf-8").split("\n")
    entries = glossary.unpack((embedding.FOLDER / embedding.ENGLISH).read_bytes())
    return [*listed, *entries, *(sense for entry in entries.values() for sense in entry.senses)]


def chosen(pieces: Sequence[tuple[str, float]], texts: Iterable[str]) -> list[int]:
    """The ids, `MARKS` first, of the `COUNT` of `pieces` that are kept: single characters, then what `texts` and words use most."""
    by_name = {piece: number for number, (piece, _) in enumerate(pieces)}
    words = known_words()
    han = {char for word in words for char in word}
    counts: Counter[int] = Counter()
    whole = tokenizer_of(pieces)
    waiting = iter([*words, *map(readable, texts)])
    while together := list(islice(waiting, TOGETHER)):
        for each in whole.encode_batch_fast(together, add_special_tokens=False):
            counts.update(each.ids)
    marks = [by_name[mark] for mark in MARKS]
    single = [
        number
        for piece, number in by_name.items()
        if len(piece) == 1 and (SPELLED.match(piece) or piece in han)
    ]
    ranked = [number for number, _ in counts.most_common()]
    kept = list(dict.fromkeys([*marks, *single, *ranked]))[:COUNT]
    return [*marks, *sorted(kept[len(marks) :])]
