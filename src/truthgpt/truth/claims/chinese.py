"""The steps for Chinese: apart at the commas, pronouns and short answers filled in from the subjects before."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from truthgpt.truth.claims import hanzi, hanzi_reference
from truthgpt.truth.claims.claim import Claim
from truthgpt.truth.claims.kinds import kind_of
from truthgpt.truth.claims.source import KEPT, MAX_CONTEXT, inner
from truthgpt.truth.claims.worth import worth_of
from truthgpt.truth.sentences import Span, split

_LEADS = regex.compile(
    r"^(?:但是|但|而且|并且|然而|不过|另外|此外|同时|后来|于是|所以|因此|是的)[，,]?\s*(?=[^，,\s][^，,]{3})"
)
_CONTROL = regex.compile(r"\p{C}+")
_SPACE = regex.compile(r"\s+")
_END = regex.compile(r"[。！？!?.…～~]$")


def chinese(text: str, spans: Sequence[Span], context: str) -> list[Claim]:
    """The claims of the sentences `spans` of `text`."""
    claims: list[Claim] = []
    told = split(context[-MAX_CONTEXT:])
    known = [
        (place - len(told), subject) for place, span in enumerate(told) if (subject := _topic(span.text))
    ]
    before: list[str] = []
    for index, span in enumerate(spans):
        begin, end = inner(text, span)
        line = _clean(text[begin:end])
        if not any(char.isalnum() for char in line):
            continue
        kind = kind_of(line, "zh")
        if kind in ("question", "command", "talk"):
            whole = _ended(line)
            claims.append(Claim(whole, begin, end, index, kind, 0.0))
            before = []
            if topic := _topic(line):
                known.append((index, topic))
            continue
        if full := hanzi_reference.completed(line, before):
            claims.append(
                Claim(
                    full[0],
                    begin,
                    end,
                    index,
                    kind := kind_of(full[0], "zh"),
                    worth_of(full[0], kind, "zh"),
                    (("", full[1]),),
                )
            )
            before = []
            continue
        if lead := _LEADS.match(text[begin:end]):
            begin += lead.end()
        before = []
        made = hanzi.parts(text, begin, end)
        for part in made:
            whole = _clean(part.written("")) if len(made) > 1 else _clean(part.text)
            filled, resolved, left = hanzi_reference.filled(
                whole, _near(known, index), part.own or part.subject
            )
            line = _ended(filled)
            kind = kind_of(line, "zh")
            worth = worth_of(line, kind, "zh", unresolved=bool(left))
            claims.append(Claim(line, part.start, part.end, index, kind, worth, resolved, left))
            before.append(line)
            if subject := hanzi.subject_of(filled):
                known.append((index, subject))
        del known[:-KEPT]
    return claims


def _near(known: Sequence[tuple[int, str]], sentence: int) -> list[str]:
    """The subjects of this sentence and of the one before."""
    return [subject for at, subject in known if at >= sentence - 1]


def _clean(text: str) -> str:
    return _SPACE.sub(" ", _CONTROL.sub(lambda match: " " if match[0].isspace() else "", text)).strip()


def _ended(line: str) -> str:
    return line if _END.search(line.rstrip('”」』"）)')) else line + "。"


def _topic(sentence: str) -> str:
    """The subject of a sentence of the context ("周岚是谁？")."""
    return hanzi.subject_of(sentence)
