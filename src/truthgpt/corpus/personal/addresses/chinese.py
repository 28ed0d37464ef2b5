"""Addresses as Chinese writes them, from the large to the small: province, city, district, street, house, flat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truthgpt.corpus.personal.spans import Span
from truthgpt.corpus.personal.windows import near, windows

_HAN = r"[\u4e00-\u9fff]"
_COUNT = r"[0-9一二三四五六七八九十百]{1,5}"
_REGION = (
    rf"(?:{_HAN}{{2,3}}省|(?:内蒙古|广西壮族|宁夏回族|新疆维吾尔|西藏)自治区)?(?:{_HAN}{{2,4}}[市州])?(?:{_HAN}{{2,4}}[市县縣])?"
    rf"(?:{_HAN}{{1,4}}[区區])?(?:{_HAN}{{1,5}}(?:街道|镇|鎮|乡|鄉))?"
)
_ESTATE_NAME = (
    r"(?:小区|社区|花园|花苑|公寓|家园|嘉园|新村|苑|城|村|庄|里|府|湾|庭|园|[一二三四五六七八九十]区)"
)
_BUILDING = r"(?:号楼|號樓|栋|棟|幢|座|期)"
_INSIDE = (
    rf"(?:(?:{_HAN}{{2,6}}?(?:小区|花园|公寓|家园|大厦|苑|城|广场|中心))?"
    r"(?:[0-9A-Z一二三四五六七八九十-]{1,4}(?:号楼|號樓|栋|棟|幢|座|单元|單元|层|樓|楼|室|号房|房|户|号)[, ]?){1,5}(?:[0-9]{3,4}(?:室|房)?)?)?"
)
_STREET = re.compile(
    rf"{_REGION}{_HAN}{{1,6}}?(?<![条條这這那哪段])(?:大道|大街|胡同|街|路|道|巷|弄|里)(?:[东西南北中]?{_COUNT}[弄巷段])?\s?[甲乙丙]?{_COUNT}(?:[-之]{_COUNT})?[号號]"
    rf"(?!线|線|地铁|电池|选手|文件|机|台风|公路|出口|馆)(?:院|之{_COUNT})?{_INSIDE}"
)
_ESTATE = re.compile(
    rf"{_REGION}{_HAN}{{2,6}}?{_ESTATE_NAME}(?:[一二三四五六七八九十东西南北]区)?(?:{_COUNT}期)?{_COUNT}{_BUILDING}(?:{_COUNT}(?:单元|單元|栋|座|门)|[A-Z]单元)?"
    rf"(?:{_COUNT}(?:室|房|层|楼|号|户)|[0-9]{{3,4}}){{1,2}}"
)
_VILLAGE = re.compile(
    rf"{_REGION}{_HAN}{{2,5}}?(?:村|屯)(?:{_COUNT}[组队社])?{_COUNT}号(?!楼|线|机|院|厅|馆|库|门)"
)
_HOUSE = re.compile(
    rf"(?:[路街道巷弄里同段][甲乙丙]?|村|屯|{_ESTATE_NAME}){_COUNT}\s?[-号號弄巷段之栋棟幢座期组队社]"
)
# Words that lead up to an address and are written to it without a blank.
_LEAD = re.compile(
    rf"^(?:{_HAN}{{0,6}}?(?:地址|住址|家住|住在|寄到|寄往|寄给|搬到|位于|送到|就在|现在|住|寄|在|到|是|往|的|去|了|我|他|她|家|从|请|发|找|和|租)(?:是|在|到)?)+"
)


def chinese(text: str) -> Iterator[Span]:
    """Addresses of a folded text: a street with a house number, or an estate with building and flat."""
    if text.isascii():
        return
    stretches = list(windows(_HOUSE, text, 28, 48))
    for pattern in (_STREET, _ESTATE, _VILLAGE):
        for match in near(pattern, text, stretches):
            lead = _LEAD.match(match.group())
            start = match.start() + (lead.end() if lead and lead.end() < len(match.group()) - 4 else 0)
            yield Span(start, match.start() + len(match.group().rstrip(", ")), "address")
