"""Card numbers, IBAN, CPF, CNPJ and Chinese residents' numbers: those whose check digits hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from truthgpt.corpus.personal import checks
from truthgpt.corpus.personal.cues import cue
from truthgpt.corpus.personal.spans import Span
from truthgpt.corpus.personal.windows import Stretch, near

# Not inside a longer number, word, code or decimal.
_START = r"(?<![0-9A-Za-z_])(?<![0-9][.,/:-])(?<![A-Za-z][-_/])"
_END = r"(?![0-9A-Za-z_])(?![.,/:-][0-9])"

_IBAN = re.compile(r"(?:(?<=IBAN)|(?<![0-9A-Za-z]))[A-Za-z]{2}[0-9]{2}(?:[ .-]?[0-9A-Za-z]){11,30}")
_CN_ID = re.compile(rf"{_START}([1-8][0-9]{{5}})([ -]?)([0-9]{{8}})\2([0-9]{{3}}[0-9Xx]){_END}")
_OLD_CN_ID = re.compile(rf"{_START}[1-8][0-9]{{14}}{_END}")
_CNPJ = re.compile(
    rf"(?:(?<=CNPJ)|(?<=cnpj)|{_START})(?:[0-9A-Z]{{2}}\.[0-9A-Z]{{3}}\.[0-9A-Z]{{3}}\s?/\s?[0-9A-Z]{{4}}\s?-\s?[0-9]{{2}}"
    rf"|[0-9]{{2}}[. ]?[0-9]{{3}}[. ]?[0-9]{{3}}[/ ]?[0-9]{{4}}[- ]?[0-9]{{2}}){_END}"
)
_CPF = re.compile(
    rf"(?:(?<=CPF)|(?<=cpf)|{_START})[0-9]{{3}}([. ]?)[0-9]{{3}}\1[0-9]{{3}}[-. /]?[0-9]{{2}}{_END}"
)
# In groups as cards are printed, or in one piece.
_CARD = re.compile(
    rf"(?:(?<=[Vv]isa)|(?<=VISA)|{_START})(?:[0-9]{{4}}([ .-])[0-9]{{4}}\1[0-9]{{4}}\1(?:[0-9]{{4}}(?:\1[0-9]{{1,3}})?|[0-9]{{2}})"
    rf"|3[0-9]{{3}}([ -])[0-9]{{6}}\2[0-9]{{4,5}}|6[0-9]{{5}}[ -][0-9]{{13}}|[2-9][0-9]{{13,18}}){_END}"
)
_SEPARATORS = re.compile(r"[\s./-]")
_RESIDENT = re.compile(r"身份证|身份證|证件|證件")
_CARD_CUE = re.compile(
    r"\b(?:card|visa|master\s?card|amex|credit|debit|cc|cart[ãa]o|cr[ée]dito|d[ée]bito|elo|multibanco)\b|卡",
    re.IGNORECASE,
)


def accounts(text: str) -> Iterator[Span]:
    """The IBANs of a folded text."""
    for match in _IBAN.finditer(text):
        length = checks.IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
        end = _after(text, match.start(), length)
        if end and checks.iban(_SEPARATORS.sub("", text[match.start() : end]).upper()):
            yield Span(match.start(), end, "iban")


def numbers(text: str, stretches: Sequence[Stretch]) -> Iterator[Span]:
    """The card numbers, CPF, CNPJ and Chinese residents' numbers in `stretches` of a folded text, most certain first.

    A number without separators passes a check of two digits once in a hundred times, so one that is called an order,
    a code or the like is left.
    """
    for match in near(_CN_ID, text, stretches):
        if checks.cn_id(_SEPARATORS.sub("", match.group()).upper()):
            yield Span(*match.span(), "cn_id")
    for match in near(_OLD_CN_ID, text, stretches):
        if checks.old_cn_id(match.group()) and _RESIDENT.search(
            text, max(0, match.start() - 20), match.start()
        ):
            yield Span(*match.span(), "cn_id")
    for match in near(_CARD, text, stretches):
        if checks.card(_SEPARATORS.sub("", match.group())) and _is_card(text, match):
            yield Span(*match.span(), "card")
    for match in near(_CNPJ, text, stretches):
        if checks.cnpj(_SEPARATORS.sub("", match.group())) and _is_named(text, match, "cnpj"):
            yield Span(*match.span(), "cnpj")
    for match in near(_CPF, text, stretches):
        if checks.cpf(_SEPARATORS.sub("", match.group())) and _is_named(text, match, "cpf"):
            yield Span(*match.span(), "cpf")


def _after(text: str, start: int, length: int) -> int:
    """The end of the first `length` letters and digits from `start`, where no other follows; else 0."""
    seen = 0
    for at in range(start, min(len(text), start + 2 * length)):
        seen += text[at].isalnum()
        if seen == length:
            return 0 if text[at + 1 : at + 2].isascii() and text[at + 1 : at + 2].isalnum() else at + 1
    return 0


def _is_card(text: str, match: re.Match[str]) -> bool:
    if _CARD_CUE.search(text, max(0, match.start() - 40), match.start()):
        return True
    return cue(text, *match.span()) != "other"


def _is_named(text: str, match: re.Match[str], name: str) -> bool:
    """Whether a CPF or CNPJ is written with its separators, or called one, or at least not called anything else."""
    if not match.group().isdigit():
        return True
    before = text[max(0, match.start() - 40) : match.start()].lower()
    if name in before:
        return True
    # A mobile number of China or Brazil has as many digits; where it is one, it is found as such.
    return not re.fullmatch(r"1[3-9][0-9]{9}|[1-9]{2}9[0-9]{8}", match.group()) and not cue(
        text, *match.span()
    )
