"""Faults of structure: the words are all there, but in other roles, another order or other clauses than in the claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truthgpt.truth.context import NUMERIC, Context, Fault, clause, is_dropped
from truthgpt.truth.lexicon import words
from truthgpt.truth.tokens import Token

_ERGATIVE = words(
    "open opened close closed start started end ended finish finished move moved change changed increase increased"
    " sink sunk break broken"
)
"""Verbs that say the same of their subject in both voices."""


def roles(context: Context) -> Iterator[Fault]:
    tokens = context.claim.tokens
    for index, (mine, theirs) in enumerate(zip(tokens, context.alignment.match, strict=True)):
        if theirs is None or mine.kind in NUMERIC:
            continue
        wanted, given = (
            _governor(context.claim.tokens, index),
            _governor(context.tokens, theirs.pos - context.first),
        )
        if wanted and wanted != given and (given or wanted != "of"):
            yield Fault("role", f"“{mine.text}” has another role in the evidence")
            return
        before = context.at(theirs.pos - 1)
        compound = (
            before is not None
            and before.pos in context.matched
            and index + 1 < len(tokens)
            and context.alignment.match[index + 1] is before
        )
        # "tower of London" may be "London tower"; "the mayor of London" is not "London".
        if given and not wanted and theirs.prep and not compound:
            yield Fault("role", f"“{mine.text}” has another role in the evidence")
            return
        following = context.at(theirs.pos + 1)
        owned = (
            following is not None and following.chunk == theirs.chunk and following.pos not in context.matched
        )
        if theirs.possessive and not mine.possessive and owned:
            yield Fault("role", f"“{mine.text}” is only the owner in the evidence")
            return
        if following and _continues_name(theirs, following) and following.pos not in context.matched:
            yield Fault("role", f"“{mine.text}” is part of another name in the evidence")
            return


def _governor(tokens: Sequence[Token], index: int) -> str:
    """The preposition that governs a token, also across the words of its noun phrase before it ("in the old town")."""
    token = tokens[index]
    steps = 0
    while (
        not token.prep and not token.link and index and steps < 3 and tokens[index - 1].chunk == token.chunk
    ):
        index, steps = index - 1, steps + 1
        token = tokens[index]
    return token.prep


def restriction(context: Context) -> Iterator[Fault]:
    """What is said of "smoking in bars" is not said of all smoking: a bare subject keeps what limits it."""
    claim, matches = context.claim.tokens, context.alignment.match
    head = matches[0]
    if context.chinese or head is None or claim[0].name or head.pos != context.at_sentence(head):
        return
    bare = not head.link or (
        context.claim.language == "pt" and "det" in head.link and head.text.endswith("s")
    )
    index = 1
    while index < len(claim) and (near := matches[index]) and near.pos == head.pos + index and not near.link:
        index += 1
    after = matches[index] if index < len(claim) else None
    last = matches[index - 1]
    if not bare or after is None or last is None or last.name or after.prep or after.chunk != head.chunk:
        return
    gap = [token for pos in range(last.pos + 1, after.pos) if (token := context.at(pos))]
    if gap and gap[0].prep and gap[0].kind not in NUMERIC and gap[0].pos not in context.matched:
        yield Fault("dropped", f"“{last.text}” is limited in the evidence")


def voice(context: Context) -> Iterator[Fault]:
    """A passive without its agent against an active verb: "the dog was chased" does not follow from "the dog chased"."""
    if (
        context.chinese
        or context.claim.reading.passive
        or any(sentence.reading.passive for sentence in context.window)
    ):
        return
    for index, (mine, theirs) in enumerate(context.pairs):
        if (
            not index
            or mine.kind != "word"
            or mine.text in _ERGATIVE
            or context.pairs[index - 1][1].pos > theirs.pos
        ):
            continue
        passive, given = _is_passive(mine), _is_passive(theirs)
        if passive == given:
            continue
        active = theirs if passive else mine
        progressive = active.text.endswith(("ing", "ndo")) and "be" in active.link
        following = context.at(theirs.pos + 1)
        object_follows = (
            passive and following and following.chunk == theirs.chunk and "prep" not in following.link
        )
        if progressive or (object_follows and not theirs.text.endswith(("ado", "ido"))) or given:
            yield Fault("role", f"“{mine.text}” is active in one and passive in the other")
            return


def _is_passive(token: Token) -> bool:
    return "be" in token.link and token.text.endswith(
        ("ed", "en", "ado", "ada", "ados", "adas", "ido", "ida", "idos", "idas")
    )


def _continues_name(token: Token, following: Token) -> bool:
    return token.name and following.name and not following.link and token.chunk == following.chunk


def order(context: Context) -> Iterator[Fault]:
    """Blocks of the claim may stand in another order only where one of them is a time or a place moved as a whole."""
    blocks: list[list[tuple[Token, Token]]] = []
    for pair in context.pairs:
        if blocks and blocks[-1][-1][1].pos < pair[1].pos:
            blocks[-1].append(pair)
        else:
            blocks.append([pair])
    if context.chinese and context.claim.reading.passive != any(s.reading.passive for s in context.window):
        yield Fault("order", "one is passive and the other is not")
        return
    if len(blocks) <= 1:
        return
    movable = [block for block in blocks if _is_adjunct(block, context)]
    if len(blocks) - len(movable) <= 1:
        return
    if len(blocks) == 2 and not context.claim.reading.comparing and _is_identity(context, blocks):
        return
    yield Fault("order", "the words stand in another order")


def _is_adjunct(block: list[tuple[Token, Token]], context: Context) -> bool:
    head, theirs = block[0]
    if all(mine.kind in NUMERIC for mine, _ in block):
        return True
    if context.chinese:
        return False
    place = head.prep in ("at", "with", "under") and theirs.prep == head.prep
    return (
        place
        and len(block) <= 4
        and all(a.kind in NUMERIC or a.prep or a.name or not a.link for a, _ in block)
    )


def _is_identity(context: Context, blocks: Sequence[Sequence[tuple[Token, Token]]]) -> bool:
    """Whether the claim is "A is B" and the evidence "B is A", with nothing else in either."""
    if "be" not in blocks[1][0][0].link or "be" not in blocks[0][0][1].link:
        return False
    return all(token.pos in context.matched for token in context.tokens) and not any(
        mine.prep in ("to", "against", "by") for mine, _ in context.pairs
    )


def coherence(context: Context) -> Iterator[Fault]:
    """Neighbours in the claim must belong together in the evidence as well."""
    matches = context.alignment.match
    claim = context.claim.tokens
    for index in range(1, len(matches)):
        one, two = matches[index - 1], matches[index]
        if one is None or two is None or one.sentence != two.sentence:
            continue
        if two.pos <= one.pos:
            if one.chunk != two.chunk and any(
                token.chunk == two.chunk and token.pos < two.pos and token.pos not in context.matched
                for token in context.tokens
            ):
                yield Fault("clause", f"“{one.text}” and “{two.text}” stand in different clauses")
                return
            continue
        mine = claim[index]
        gap = [token for pos in range(one.pos + 1, two.pos) if (token := context.at(pos))]
        dropped = [token for token in gap if token.pos not in context.matched]
        if one.chunk != two.chunk:
            head = next((token for token in gap if token.chunk == two.chunk), two)
            elsewhere = head is not two and head.pos not in context.matched
            if two.kind in ("date", "time"):
                elsewhere = any(is_dropped(context, token) for token in clause(context, two))
            if elsewhere:
                yield Fault("clause", f"“{one.text}” and “{two.text}” stand in different clauses")
                return
            sentence = next(s for s in context.window if s.tokens and s.tokens[0].sentence == two.sentence)
            if two.chunk in sentence.reading.relative and claim[index - 1].chunk == mine.chunk:
                at = head.pos - 1
                while (antecedent := context.at(at)) and antecedent.kind in NUMERIC:
                    at -= 1
                if antecedent and antecedent.pos not in context.matched:
                    yield Fault("clause", f"“{two.text}” is said of something else")
                    return
        if not dropped or context.chinese:
            continue
        if any(token.name and not token.prep and not _in_name_run(context, token) for token in dropped):
            yield Fault("clause", f"“{two.text}” is said of something else")
            return
        last = dropped[-1]
        if last.pos == two.pos - 1 and last.chunk == two.chunk:
            if "to" in two.link and "to" not in mine.link:
                yield Fault("clause", f"“{two.text}” is not said to have happened")
                return
            nominal = not two.link and last.link <= {"det", "light"}
            if nominal and _is_verbal(mine) and dropped[0].pos == one.pos + 1 and not _is_adverb(last):
                yield Fault("clause", f"“{one.text}” is part of another thing in the evidence")
                return
            if not two.link and "be" in mine.link:
                yield Fault("clause", f"“{two.text}” is said of something else")
                return
            gerund = two.text.endswith(("ing", "ndo")) and not mine.text.endswith(("ing", "ndo"))
            if gerund and not two.link and mine.kind == "word":
                yield Fault("clause", f"“{two.text}” is not said to have happened")
                return


def _is_verbal(token: Token) -> bool:
    return (
        "be" in token.link
        or "have" in token.link
        or token.text.endswith(("ed", "ou", "eu", "iu", "ado", "ido"))
    )


def _is_adverb(token: Token) -> bool:
    return token.text.endswith(("ly", "mente")) or token.text in ("also", "again", "often", "always")


def _in_name_run(context: Context, token: Token) -> bool:
    """Whether `token` belongs to the same written name as a matched token beside it."""
    for step in (-1, 1):
        at = token.pos + step
        near = context.at(at)
        while near and near.name and abs(at - token.pos) < 5:
            if near.pos in context.matched:
                return True
            at += step
            near = context.at(at)
    return False


def scattered(context: Context) -> Iterator[Fault]:
    """A Chinese word must not be put together of characters that stand apart in the evidence."""
    if not context.chinese:
        return
    run = 1
    claim, matches = context.claim.tokens, context.alignment.match
    for index in range(1, len(claim) + 1):
        joined = (
            index < len(claim)
            and claim[index].kind == claim[index - 1].kind == "han"
            and not claim[index].link
        )
        one, two = matches[index - 1], matches[index] if index < len(claim) else None
        if joined and one and two and two.pos == one.pos + 1:
            run += 1
            continue
        if run == 1 and one and one.kind == "han" and (joined or _joined_before(claim, index - 1)):
            yield Fault("clause", f"“{one.text}” stands elsewhere in the evidence")
            return
        run = 1


def _joined_before(claim: Sequence[Token], index: int) -> bool:
    return index > 0 and claim[index].kind == claim[index - 1].kind == "han" and not claim[index].link


def sentences(context: Context) -> Iterator[Fault]:
    """Only the subject may come from the sentence before, and only where the next one refers back to it."""
    sentences = sorted({theirs.sentence for _, theirs in context.pairs})
    if len(sentences) > 1:
        early = [
            index
            for index, token in enumerate(context.alignment.match)
            if token and token.sentence == sentences[0]
        ]
        if early != list(range(len(early))):
            yield Fault("sentence", "the evidence says the parts in different sentences")
            return
        pronoun = context.window[-1].tokens[0]  # what comes first after the pronoun is said of its subject
        if pronoun.pos not in context.matched:
            yield Fault("sentence", "the second sentence says something else of it")
            return
        named = context.chinese or len(early) == 1 or all(context.claim.tokens[index].name for index in early)
        head = context.alignment.match[0]
        subject = context.window[0].tokens[:3]
        if head not in subject or len(early) > 3 or not named:
            yield Fault("sentence", "the second sentence may speak of something else")
            return
    persons = context.claim.reading.genders
    given = {person for sentence in context.window for person in sentence.reading.genders}
    third = persons - {"1", "2"}
    if (persons & {"1", "2"}) - given or (len(third) == 1 and given & {"m", "f"} and not third & given):
        yield Fault("sentence", "the evidence speaks of someone else")
