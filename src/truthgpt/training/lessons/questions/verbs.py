"""English pasts to the form that stands behind "did"."""

from __future__ import annotations

from functools import lru_cache

from truthgpt.truth.claims.english import BASES

_IRREGULAR = {
    "became": "become", "began": "begin", "broke": "break", "brought": "bring", "built": "build", "bought": "buy",
    "came": "come", "fell": "fall", "felt": "feel", "fought": "fight", "found": "find", "gave": "give", "got": "get",
    "grew": "grow", "held": "hold", "kept": "keep", "knew": "know", "led": "lead", "left": "leave", "lost": "lose",
    "made": "make", "met": "meet", "paid": "pay", "ran": "run", "rose": "rise", "said": "say", "sang": "sing",
    "saw": "see", "sold": "sell", "sent": "send", "spent": "spend", "spoke": "speak", "stole": "steal", "taught": "teach",
    "threw": "throw", "took": "take", "told": "tell", "went": "go", "won": "win", "wrote": "write", "flew": "fly",
    "drove": "drive", "chose": "choose", "understood": "understand", "stood": "stand", "died": "die",
}  # fmt: skip


@lru_cache(maxsize=4_096)
def base_of(past: str) -> str:
    """The base form of a past ("landed" → "land"); "" where it is not surely one."""
    return _IRREGULAR.get(past) or _REGULAR.get(past, "")


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    if base in _DOUBLED:
        return base + base[-1] + "ed"
    return base + "ed"


_DOUBLED = frozenset(("admit", "ban", "cancel", "drop", "permit", "plan", "stop", "travel"))
_STRONG = frozenset(_IRREGULAR.values()) | frozenset(
    (
        "cost",
        "cut",
        "deal",
        "eat",
        "hear",
        "hide",
        "hit",
        "hurt",
        "lend",
        "let",
        "lie",
        "overtake",
        "put",
        "quit",
        "read",
        "set",
        "shut",
        "sit",
        "sleep",
    )
)
_OTHER = frozenset(
    (
        "land",
        "found",
        "establish",
        "found",
        "orbit",
        "invent",
        "direct",
        "occur",
        "donate",
        "adopt",
        "sentence",
    )
)
_REGULAR = {_past(base): base for base in (BASES | _OTHER) - _STRONG} | {
    "founded": "found",
    "occurred": "occur",
}
