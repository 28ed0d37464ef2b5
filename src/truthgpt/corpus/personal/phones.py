"""Telephone numbers: international ones by the numbering plans, national ones by their written form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import phonenumbers

from truthgpt.corpus.personal.cues import Cue, counted, cue
from truthgpt.corpus.personal.spans import Span
from truthgpt.corpus.personal.windows import Stretch, near

_START = r"(?<![0-9A-Za-z_$€£¥@&=%*^])(?<![0-9A-Za-z][-/])(?<![0-9][.,:(])(?<![0-9] )"
_END = r"(?![0-9A-Za-z_%])(?![-/.,:][0-9])(?!\)?[-/][0-9A-Za-z])"
_EXTENSION = r"(?:\s?(?:x|ext\.?|extension|ramal|转)\s?[0-9]{1,5})?"
_SEP = r"[ .-]"

_INTERNATIONAL = re.compile(
    r"(?<![0-9A-Za-z_+])(?:\+\s?|\(\+|(?<![0-9] )00(?=[1-9][0-9 -]))[1-9][0-9]{0,2}\)?(?:[ ()./-]{0,3}[0-9]{1,11}){1,7}"
)

# Forms that are telephone numbers wherever they stand.
_CERTAIN = (
    # North America: (212) 555-0123, 212-555-0123, 212.555.0123, 1-212-555-0123
    rf"(?:1{_SEP})?(?:\([2-9][0-9]{{2}}\)\s?-?\s?|[2-9][0-9]{{2}}(?P<nanp>[-.]))[0-9]{{3}}[-. ][0-9]{{4}}",
    # Brazil: (11) 91234-5678, (11) 3456-7890, 11 91234-5678, (0xx11) 91234-5678
    r"\(0?(?:xx)?[1-9][0-9]\)\s?-?\s?(?:9\s?\.?)?[0-9]{4}[-. ]?[0-9]{4}",
    r"[1-9][1-9][ -]9\s?[0-9]{4}-[0-9]{4}",
    r"[1-9][1-9] (?!(?:19|20)[0-9]{2}-(?:19|20))[2-5][0-9]{3}-[0-9]{4}",
    # A trunk zero and groups: 020 7946 0018, (0161) 496 0123, 07700 900123, 0755-8888 8888, 010-12345678
    r"\(0[1-9][0-9]{0,3}\)\s?-?\s?[0-9]{3,4}[ -]?[0-9]{3,5}",
    r"0[1-9][0-9]{0,3}[ -][0-9]{3,5}[ -][0-9]{3,4}",
    r"0[1-9][0-9]{3}[ -][0-9]{5,6}",
    r"0(?:10|2[0-9]|[3-9][0-9]{2})-[0-9]{7,8}",
    r"07[0-9]{9}",
    # China: 138-1234-5678
    r"1[3-9][0-9](?P<cn>[ -])[0-9]{4}(?P=cn)[0-9]{4}",
)
# Forms that other numbers share: only with a word that says telephone.
_CALLED = (
    r"[2-9][0-9]{2} [0-9]{3} [0-9]{4}",
    r"9[1236][0-9] [0-9]{3} [0-9]{3}",
    r"(?:[1-9][1-9] )?9[ .]?[0-9]{4}[- ][0-9]{4}",
    r"\(?[0-9]{2,5}\)?(?:[ .-]?[0-9]{2,5}){1,5}",
    r"[0-9]{3,5}[ .-][0-9]{3,5}",
    r"[0-9]{7,12}",
)
_NATIONAL = re.compile(
    f"{_START}(?:(?P<certain>{'|'.join(_CERTAIN)})|(?P<called>{'|'.join(_CALLED)})){_EXTENSION}{_END}"
)
_CHINESE_MOBILE = re.compile(
    r"(?:(?<=[Tt]el)|(?<=TEL)|(?<=[Vv][Xx])|(?<=[Ww][Xx])|(?<![0-9A-Za-z_./=#-]))1[3-9][0-9](?:[ -]?[0-9]){8}(?![0-9A-Za-z_])(?![-/.,:][0-9])"
)

_DATE = re.compile(
    r"(?:1[5-9]|20)[0-9]{2}[-. ](?:1[5-9]|20)[0-9]{2}|(?:19|20)[0-9]{2}[-. ]?[01]?[0-9][-. ]?[0-3]?[0-9](?:[ -]?[0-9]{1,6})?"
    r"|[0-3]?[0-9][-. ][0-3]?[0-9][-. ](?:19|20)[0-9]{2}(?: [0-9]{1,4})?"
)
_ISO_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}([-. ])[01][0-9]\1[0-3][0-9](?![0-9])")
# What stands where a word that says telephone is near by chance.
_OTHER_FORMS = re.compile(
    r"1[0-9]{9}"  # seconds since 1970
    r"|[12]?[0-9]{1,2}(?P<dash>[.-])[12]?[0-9]{1,2}(?P=dash)[12]?[0-9]{1,2}(?P=dash)[12]?[0-9]{1,2}"  # 198-51-100-7.isp.example
    r"|[0-9]+\.[0-9]+"  # a measure
    r"|[1-9][0-9]?0{5,}"  # a round number
    r"|(?!0[1-9](?:[ .-][0-9]{2}){4}$)[0-9]{2}(?:[ .-][0-9]{2})+"  # pairs, save the five of a French number: lottery, scores
)
# Toll-free and shared-cost numbers are an organisation's, never a person's.
_SERVICE = re.compile(
    r"1?8(?:00|88|77|66|55|44|33)[0-9]{7}|0[358]00[0-9]{6,7}|0900[0-9]{7}|080[08][0-9]{6,7}|[48]00[0-9]{7}|(?:4004|3003|4003)[0-9]{4}"
)
_GOES_ON = re.compile("[0-9A-Za-z]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LINKED = re.compile(r"(?:wa\.me/|\?phone=|tel:|t\.me/)\+?([0-9][0-9-]{7,16})")


def phones(text: str, stretches: Sequence[Stretch]) -> Iterator[Span]:
    """The telephone numbers in `stretches` of a folded text.

    Emergency numbers, short codes and toll-free numbers are no person's.
    """
    for match in near(_LINKED, text, stretches):
        yield Span(*match.span(1), "phone")
    for match in near(_INTERNATIONAL, text, stretches):
        end = _international(text, match)
        if end:
            yield Span(match.start(), end, "phone")
    for match in near(_CHINESE_MOBILE, text, stretches):
        if _is_chinese_mobile(text, match):
            yield Span(*match.span(), "phone")
    for match in near(_NATIONAL, text, stretches):
        if _is_national(text, match):
            yield Span(*match.span(), "phone")


def _international(text: str, match: re.Match[str]) -> int:
    """The end of the longest start of `match` that its country's plan allows, else 0."""
    end = match.end()
    said = cue(text, match.start(), end)
    if said == "other":
        return 0
    spelled = match.group().lstrip("( ")
    double_zero = spelled.startswith("00")
    if double_zero and said != "phone" and spelled.isdigit():
        return 0
    possible = 0
    while end > match.start() + 7:
        part = text[match.start() : end]
        digits = re.sub(r"[^0-9]", "", part).removeprefix("00" if double_zero else "")
        if 8 <= len(digits) <= 15 and not _GOES_ON.match(text, end) and part.count("/") < 2:
            try:
                number = phonenumbers.parse("+" + digits)
            except phonenumbers.NumberParseException:
                return 0
            if phonenumbers.is_valid_number(number):
                return 0 if _is_service(number) else end
            whole = (
                phonenumbers.is_possible_number_with_reason(number)
                == phonenumbers.ValidationResult.IS_POSSIBLE
            )
            if whole and not possible and len(set(digits)) > 2 and not double_zero:
                possible = end
        end = match.start() + len(re.sub(r"[ ()./-]*[0-9]+$", "", part))
    # Invented numbers in the right shape, which people give as often as true ones.
    return possible


def _is_service(number: phonenumbers.PhoneNumber) -> bool:
    kinds = phonenumbers.PhoneNumberType
    return phonenumbers.number_type(number) in (
        kinds.TOLL_FREE,
        kinds.SHARED_COST,
        kinds.PREMIUM_RATE,
        kinds.UAN,
    )


def _is_chinese_mobile(text: str, match: re.Match[str]) -> bool:
    said = cue(text, *match.span())
    spelled = match.group()
    if said == "other" or len(set(spelled)) < 3 or counted(text, match.end()) or _ISO_DATE.search(spelled):
        return False
    if _HAN.search(text):
        return True
    if _SERVICE.fullmatch(re.sub("[ -]", "", spelled)):
        return False
    return said == "phone" or re.fullmatch(r"1[3-9][0-9]([ -])[0-9]{4}\1[0-9]{4}", spelled) is not None


def _is_national(text: str, match: re.Match[str]) -> bool:
    spelled = match["certain"] or match["called"]
    said: Cue = cue(text, *match.span())
    if said == "other" or _is_no_telephone(spelled):
        return False
    if match["certain"]:
        return spelled.startswith("(") or not counted(text, match.end())
    if said != "phone" or counted(text, match.end()) or _OTHER_FORMS.fullmatch(spelled):
        return False
    return _is_adjacent(text, match)


def _is_no_telephone(spelled: str) -> bool:
    digits = re.sub(r"[^0-9]", "", spelled)
    return bool(
        not 7 <= len(digits) <= 12
        or len(set(digits)) == 1
        or set(digits) == {"0", "1"}  # binary
        or _SERVICE.fullmatch(digits)
        or _DATE.fullmatch(spelled.strip("()"))
        or _ISO_DATE.search(spelled)
    )


def _is_adjacent(text: str, match: re.Match[str]) -> bool:
    """Whether the word that says telephone stands close by: a form that other numbers share needs that."""
    before = text[max(0, match.start() - 28) : match.start()]
    after = text[match.end() : match.end() + 16]
    return cue(before, len(before), len(before)) == "phone" or cue(after, 0, 0) == "phone"
