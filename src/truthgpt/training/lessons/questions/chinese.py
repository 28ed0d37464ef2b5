"""Chinese statements to questions: what is asked for gives way to the word that asks for it, in its place."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from truthgpt.training.lessons.questions.made import Made
from truthgpt.truth.claims import hanzi

_DATE = regex.compile(
    r"(?:在|于)?(?:\d{4}|[一二三四五六七八九零〇]{4})年(?:\d{1,2}月)?(?:\d{1,2}[日号])?(?=[\p{Han}，,]|$)"
)
_COUNT = regex.compile(
    r"(?:约|大约|超过|近|只有|共|共有)?(?<![\d年月第.])(?:\d[\d,.]*|[一二两三四五六七八九十百]{1,4})(?:多)?[万亿千百]*(?:多)?"
    r"(?=[个名位座只头家辆种艘架颗](?!月|多))"
)
_LENGTH = regex.compile(r"(?:约|大约|超过|近)?\d[\d,.]*[万千百]?(?:多)?(?=公里|千米|米|英里)")
_PLACE = regex.compile(r"(?<=位于|坐落于|出生于|诞生于|发源于)(?P<place>[\p{Han}]{2,12})(?=$)")
_LONGEST = 60
"""Characters of a statement; a longer one says too much for one question."""
_LEANS = regex.compile(
    r"^(?:它|他|她|我|你|这|那|其|此|但|而|所以|因此|还|也|又|不过|另外|同时|之后|后来)|[我你咱]"
)
_SEVERAL = regex.compile("[，,；;：:]")
_NAME = regex.compile(r"\p{Han}{3,10}|\p{Han}*[A-Za-z0-9]{2,}\p{Han}*")
_NO_NAME = regex.compile(
    "^[离从在每各有到对为用把被因如]|[一二三四五六七八九十百千万两几]|年|月|日|天|上|前|后|时"
)
_SUBJECT = regex.compile(r"^\p{Han}|^\p{L}")


def questions(statement: str, named: frozenset[str], headline: bool) -> Iterator[Made]:
    """The questions that `statement`, one clause, answers. Nothing is written large, and headlines are as whole as sentences:
    `named` and `headline` tell nothing here."""
    del named, headline
    text = _plain(statement)
    if not text:
        return
    subject = hanzi.subject_of(text)
    if len(subject) < 2 and not _DATE.match(text):
        return
    dates = list(_DATE.finditer(text))
    if len(dates) == 1:
        match = dates[0]
        before, after = text[: match.start()], text[match.end() :].lstrip("，,")
        if before and after:
            yield Made(
                f"{before}{'是' if after.endswith('的') and before[-1] != '是' else ''}什么时候{after}？",
                "time",
            )
        elif after and hanzi.subject_of(after):
            yield Made(
                f"{after}是什么时候？" if not regex.search("[了过]", after) else f"什么时候{after}？", "time"
            )
    counts = list(_COUNT.finditer(text))
    if len(counts) == 1 and counts[0].start() > 1:
        match = counts[0]
        yield Made(f"{text[: match.start()]}多少{text[match.end() :]}？", "count")
    lengths = list(_LENGTH.finditer(text))
    if len(lengths) == 1 and lengths[0].start() > 1:
        match = lengths[0]
        yield Made(f"{text[: match.start()]}多少{text[match.end() :]}？", "length")
    if (found := _PLACE.search(text)) is not None:
        yield Made(f"{text[: found.start()]}哪里？", "place")


def topic(statement: str, named: frozenset[str]) -> str:
    """What `statement` tells something of, its subject; "" where that is not sure."""
    del named
    text = _plain(statement)
    subject = hanzi.subject_of(text) if text else ""
    return subject if _NAME.fullmatch(subject) and not _NO_NAME.search(subject) else ""


def _plain(statement: str) -> str:
    """The statement without its full stop; "" where it is no plain one."""
    text = statement.strip().rstrip("。.！!")
    plain = (
        len(text) <= _LONGEST
        and _SUBJECT.match(text)
        and not _SEVERAL.search(text)
        and not _LEANS.search(text)
    )
    return text if plain else ""
