"""Slips of the kind that people make on a keyboard, drawn by a seed: letters swapped, left out, or struck twice."""

from __future__ import annotations

import random
from typing import Final

import regex

_WORD: Final = regex.compile(r"\p{L}{5,}")
_HAN: Final = regex.compile(r"\p{Han}")


def misspelt(text: str, slips: int, seed: int) -> str:
    """`text` with `slips` slips inside of words of five letters or more, in different words; as it is where there are none.

    Chinese is left as it is: its slips are of another kind.
    """
    if _HAN.search(text):
        return text
    dice = random.Random(f"{seed} {text}")
    words = list(_WORD.finditer(text))
    for word in sorted(dice.sample(words, min(slips, len(words))), key=lambda found: -found.start()):
        at = dice.randrange(word.start() + 1, word.end() - 1)
        here, after = text[at], text[at + 1]
        # Two like letters swapped are no slip.
        kind = dice.choice(("swap", "drop", "double") if here != after else ("drop", "double"))
        changed = {"swap": after + here, "drop": after, "double": here + here + after}[kind]
        text = text[:at] + changed + text[at + 2 :]
    return text
