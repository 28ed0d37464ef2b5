"""Faults of meaning: the evidence denies, negates, hedges, limits or counts otherwise than the claim."""

from __future__ import annotations

from collections.abc import Iterator

from truthgpt.truth import vocabulary
from truthgpt.truth.context import NUMERIC, Context, Fault, is_dropped, rest_of_clause

_CLASSES = (
    "possible",
    "reported",
    "said",
    "belief",
    "intent",
    "future",
    "condition",
    "conditional",
    "or",
    "past",
    "unreal",
)
_WHOLE_SENTENCE = frozenset({"reported", "said", "belief", "condition"})
"""Modality that reaches beyond its own clause: "…, according to the union"."""
_WHOLE_SENTENCE = frozenset({"reported", "said", "belief", "condition"})
"""Modality that reaches beyond its own clause: "…, according to the union"."""
_QUANTITY_GIVEN = {
    "": {"", "all", "only"},
    "all": {"all"},
    "only": {"only"},
    "many": {"many", "all"},
    "some": {"some", "many", "all"},
    "few": {"few"},
}
_SUPERLATIVE = (
    "est",
    "most",
    "first",
    "last",
    "only",
    "maior",
    "menor",
    "melhor",
    "pior",
    "primeiro",
    "ultimo",
)


def denial(context: Context) -> Iterator[Fault]:
    claimed = any(token.denied for token in context.claim.tokens)
    if any(theirs.denied for _, theirs in context.pairs) != claimed:
        yield Fault(
            "denied", "the evidence calls it false" if not claimed else "the evidence does not call it false"
        )


def negation(context: Context) -> Iterator[Fault]:
    for mine, theirs in context.pairs:
        if mine.negated != theirs.negated:
            yield Fault("negated", f"negation of “{mine.text}” differs")
            return
    if context.claim.reading.open_negation != context.window[-1].reading.open_negation:
        yield Fault("negated", "one is negated and the other is not")
        return
    if _introduced_by_negation(context):
        yield Fault("scope", "the evidence negates it in other words")
        return
    scoped_chunks = {theirs.chunk for mine, theirs in context.pairs if theirs.scoped and not mine.scoped}
    if scoped_chunks:
        yield Fault("scope", "the evidence negates it in other words")
    if any(mine.scoped for mine, _ in context.pairs):
        # "not in mice" does not give "not": under a negation nothing may be dropped but the time.
        inside = [theirs.pos for _, theirs in context.pairs if theirs.scoped]
        if inside and any(is_dropped(context, token) for token in rest_of_clause(context, min(inside))):
            yield Fault("dropped", "a condition of the negation was dropped")


def _introduced_by_negation(context: Context) -> bool:
    """Whether the claim's words are what a negated word speaks of: "no evidence that …"."""
    first = min((theirs for _, theirs in context.pairs), key=lambda token: token.pos)
    relative = {chunk for sentence in context.window for chunk in sentence.reading.relative}
    chunks = {first.chunk, first.chunk - 1} if first.chunk in relative else {first.chunk}
    return any(
        token.negated and token.pos < first.pos and token.chunk in chunks and token.sentence == first.sentence
        for token in context.tokens
    )


def modality(context: Context) -> Iterator[Fault]:
    claimed = set(context.claim.reading.modality)
    chunks = {theirs.chunk for _, theirs in context.pairs}
    sentences = {theirs.sentence for _, theirs in context.pairs}
    given: set[str] = set()
    for sentence in context.window:
        if sentence.tokens and sentence.tokens[0].sentence not in sentences:
            continue
        own = {token.chunk for token in sentence.tokens}
        for name, places in sentence.reading.modality.items():
            # A clause of nothing but the hedge ("Perhaps, …") speaks for the sentence.
            if name in _WHOLE_SENTENCE or places & chunks or places - own:
                given.add(name)
    for name in _CLASSES:
        if name in given and name not in claimed:
            yield Fault("said" if name == "said" else "modality", f"the evidence only says so as {name}")
            return
        if name in claimed and name not in given:
            yield Fault("modality", f"the evidence does not say so as {name}")
            return


def quantity(context: Context) -> Iterator[Fault]:
    for mine, theirs in context.pairs:
        if theirs.quantity not in _QUANTITY_GIVEN[mine.quantity]:
            yield Fault("quantity", f"how many of “{mine.text}” differs")
            return
        singles_out = (
            mine.quantity in ("all", "only") or mine.kind == "ordinal" or mine.text.endswith(_SUPERLATIVE)
        )
        if singles_out and any(is_dropped(context, token) for token in rest_of_clause(context, theirs.pos)):
            yield Fault("dropped", f"what “{mine.text}” is limited to was dropped")
            return


def tense(context: Context) -> Iterator[Fault]:
    """What was so need not be so now."""
    for mine, theirs in context.pairs:
        if mine.kind != "word" or mine.name:
            continue
        now = "be" in mine.link and "was" not in mine.link and "was" in theirs.link
        plain = not (mine.link | theirs.link) & {"be", "have"} and mine.text != theirs.text
        if now or (plain and _is_present(mine.text) and _is_past(theirs.text)):
            yield Fault("modality", f"the evidence says “{theirs.text}” of the past")
            return


def _is_past(word: str) -> bool:
    base = vocabulary.IRREGULAR.get(word, word)
    return word.endswith(("ed", "ava", "avam", "iam")) or (
        base != word and not word.endswith(("s", "ing", "n", "do"))
    )


def _is_present(word: str) -> bool:
    return not _is_past(word) and not word.endswith(
        ("ing", "ndo", "ed", "en", "ou", "eu", "iu", "aram", "eram", "iram", "do")
    )


def exclusion(context: Context) -> Iterator[Fault]:
    """What the evidence limits ("only on Sundays", "in few cities") must not be said without the limit."""
    chunks = {theirs.chunk for _, theirs in context.pairs}
    for token in context.tokens:
        if (
            token.quantity in ("only", "some", "few")
            and token.pos not in context.matched
            and token.chunk in chunks
        ):
            yield Fault("dropped", f"the evidence limits it to “{token.text}”")
            return


def numbers(context: Context) -> Iterator[Fault]:
    tokens = context.claim.tokens
    figures = [theirs.pos for mine, theirs in context.pairs if mine.kind in NUMERIC and mine.kind != "unit"]
    if len(set(figures)) < len(figures):
        yield Fault("number", "the evidence gives a figure once and the claim twice")
        return
    for index, (mine, theirs) in enumerate(zip(tokens, context.alignment.match, strict=True)):
        if theirs is None or mine.kind != "number":
            continue
        if mine.bound != theirs.bound and not (mine.bound == "about" and not theirs.bound):
            yield Fault("number", f"the evidence gives {theirs.text} as {theirs.bound or 'exact'}")
            return
        # What is counted stands right after the number; else right before it ("tower 9").
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        counted = context.alignment.match[index + 1] if after is not None else None
        if after is None or counted is None or after.chunk != mine.chunk or "prep" in after.link:
            following = context.at(theirs.pos + 1)
            if following and following.kind == "unit" and following.pos not in context.matched:
                yield Fault("number", f"{mine.text} has another unit in the evidence")
                return
            continue
        between = [context.at(pos) for pos in range(theirs.pos + 1, counted.pos)]
        if (
            counted.pos < theirs.pos
            or len(between) > 3
            or any(t is None or t.kind in NUMERIC for t in between)
        ):
            yield Fault("number", f"{mine.text} counts something else in the evidence")
            return
