"""What in the evidence contradicts a claim: the same content with one contrary thing in it."""

from __future__ import annotations

from collections.abc import Sequence

from truthgpt.truth import lexicon, quantities, vocabulary
from truthgpt.truth.context import NUMERIC, Context, Fault
from truthgpt.truth.lexing import stem
from truthgpt.truth.tokens import Token

_SYMMETRIC = frozenset(
    {"meet", "marri", "equal", "border", "differ", "same", "casar", "encontr", "同", "与", "和", "遇"}
)
"""What holds both ways, so that swapping its sides says nothing else."""
_NEAR = 6
"""Tokens between a date's rival and the word before it."""


def find(context: Context, faults: Sequence[Fault]) -> str:
    """What is contrary, as a short phrase; "" where nothing is, or where it cannot be told.

    What the evidence merely reports ("said") it still contradicts; what it calls possible or planned it does not.
    """
    kinds = {fault.kind for fault in faults} - {"said"}
    if not context.unmatched:
        return _whole(context, kinds, faults)
    relation = len(context.unmatched) == 1 and context.unmatched[0].text in lexicon.RELATIONS
    if not kinds <= {"missing", "number", *(("role",) if relation else ())} or len(context.pairs) < max(
        1, len(context.unmatched)
    ):
        return ""
    if all(token.kind in NUMERIC for token in context.unmatched):
        rivals = [(mine, _rival(context, mine)) for mine in context.unmatched]
        for mine, rival in rivals:
            if rival is not None:
                return f"the evidence says {rival.text}, not {mine.text}"
        return ""
    return _opposite_chinese(context) if context.chinese else _opposite(context)


def _whole(context: Context, kinds: set[str], faults: Sequence[Fault]) -> str:
    """Every word of the claim is there: called false, negated, counted otherwise, or with its roles swapped."""
    if any(theirs.negated and "prep" in theirs.link for _, theirs in context.pairs):
        kinds = kinds - {"role", "clause"}  # "refused to resign", "deixou de ser"
    if kinds & {"denied", "negated"} and kinds <= {
        "denied",
        "negated",
        "scope",
        "quantity",
        *(("modality",) if "denied" in kinds else ()),
    }:
        if "denied" not in kinds and _limited(context):
            return ""
        return next(fault.text for fault in faults if fault.kind in kinds)
    if "number" in kinds and kinds <= {"number", "order", "clause"}:
        return _other_count(context)
    if kinds == {"order"} and _swapped(context):
        return "the evidence has the roles the other way round"
    return ""


def _limited(context: Context) -> bool:
    """Whether the negation holds only of some, or only with what the claim leaves out ("not in mice")."""
    if any(mine.quantity in ("some", "many", "few") for mine, _ in context.pairs):
        return True
    negated = [theirs for _, theirs in context.pairs if theirs.negated]
    return any(
        token.chunk == start.chunk and token.pos > start.pos and token.pos not in context.matched
        for start in negated
        for token in context.tokens
        if token.kind not in ("date", "time")
    )


def _swapped(context: Context) -> bool:
    """Whether two parties stand reversed around what they do or how they compare."""
    parts = [
        (mine, theirs)
        for mine, theirs in context.pairs
        if mine.kind not in NUMERIC
        and (not mine.prep or "than" in mine.link)
        and (not theirs.prep or "than" in theirs.link)
    ]
    if any(mine.key in _SYMMETRIC or "indefinite" in mine.link | theirs.link for mine, theirs in parts):
        return False
    places = [theirs.pos for _, theirs in parts]
    return any(
        places[i] > places[j] > places[k]
        for j in range(1, len(places) - 1)
        for i in range(j)
        for k in range(j + 1, len(places))
    )


def _other_count(context: Context) -> str:
    """What the claim counts has another number in the evidence."""
    tokens, matches = context.claim.tokens, context.alignment.match
    for index, mine in enumerate(tokens[:-1]):
        counted = matches[index + 1]
        if mine.kind != "number" or counted is None or "prep" in tokens[index + 1].link:
            continue
        theirs = context.at(counted.pos - 1)
        if (
            theirs
            and theirs.kind == "number"
            and theirs.key != mine.key
            and not theirs.bound
            and not mine.bound
        ):
            return f"the evidence says {theirs.text} {counted.text}, not {mine.text}"
    return ""


def _rival(context: Context, mine: Token) -> Token | None:
    """An unmatched number, unit or date of the same kind where the claim's would stand."""
    index = context.claim.tokens.index(mine)
    matches = context.alignment.match
    before = matches[index - 1] if index else None
    after = matches[index + 1] if index + 1 < len(matches) else None
    for token in context.tokens:
        if token.pos in context.matched or token.kind != mine.kind or token.bound or mine.bound:
            continue
        if mine.kind == "unit":
            dimension = quantities.DIMENSIONS.get(mine.key[2:])
            other = quantities.DIMENSIONS.get(token.key[2:])
            if dimension and dimension == other and before and token.pos == before.pos + 1:
                return token
            continue
        if mine.kind == "date":
            part = mine.key[0] == token.key[0]
            beside = [
                near
                for near in (before, after)
                if near and near.kind == "date" and abs(near.pos - token.pos) <= 2
            ]
            close = before is not None and before.chunk == token.chunk and 0 < token.pos - before.pos <= _NEAR
            if part and (beside or close):
                return token
            continue
        if after is not None and 0 < after.pos - token.pos <= 2:
            return token
        if before is not None and after is None and 0 < token.pos - before.pos <= 2:
            return token
    return None


def _opposite(context: Context) -> str:
    """The opposite of the one missing word."""
    if len(context.unmatched) != 1:
        return ""
    mine = context.unmatched[0]
    if "indefinite" in mine.link:
        return ""  # "a large dog" and "a small dog" may both be there
    base = vocabulary.IRREGULAR.get(mine.text, mine.text)
    opposites = vocabulary.OPPOSITES.get(mine.text, frozenset()) | vocabulary.OPPOSITES.get(base, frozenset())
    keys = {stem(word, context.claim.language) for word in opposites}
    for token in context.tokens:
        if token.pos not in context.matched and token.key in keys:
            return f"the evidence says “{token.text}”, not “{mine.text}”"
    return ""


def _opposite_chinese(context: Context) -> str:
    claim, evidence = context.claim.folded, " ".join(sentence.folded for sentence in context.window)
    missing = {token.text for token in context.unmatched}
    for left, right in vocabulary.OPPOSITES_ZH:
        for one, other in ((left, right), (right, left)):
            mine = next((word for word in one if word in claim), "")
            theirs = next((word for word in other if word in evidence), "")
            if mine and theirs and missing <= set(mine) and theirs not in claim:
                return f"the evidence says “{theirs}”, not “{mine}”"
    return ""
