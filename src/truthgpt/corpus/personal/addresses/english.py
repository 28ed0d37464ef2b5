"""Addresses as English writes them: number, name, kind of street, and what may follow: flat, town, region, post code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truthgpt.corpus.personal.spans import Span

# The look-behind stands after the first digit, so that a search skips to digits.
_NUMBER = r"[0-9](?<![0-9A-Za-z$€£#:.,/-].)(?:[0-9]{0,3}/[0-9])?[0-9]{0,4}[A-Za-z]?(?:-[0-9]{1,4})?"
_DIRECTION = r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b\.?"
# Lists ("10 Best Street ..."), amounts and times are numbers before capitals as well.
_NOT_NAME = (
    r"(?!(?:Best|Top|Great|More|Recent|Minutes?|Mins?|Hours?|Hrs?|Days?|Weeks?|Months?|Years?|Miles?|Mile|Blocks?|Bedroom|Lane|Way|GB|TB|MB"
    r"|People|Ways|Things|Reasons|Times?|AM|PM|and|Wall)\b)"
)
_NAME = rf"{_NOT_NAME}(?:[A-Z][A-Za-z'’]*\.?|[0-9]{{1,3}}(?:st|nd|rd|th))"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|(?<!Flash )(?<!Hard )(?<!USB )(?<!Disk )(?<!Test )(?<!Thumb )Drive|Dr|Boulevard"
    r"|Blvd|Terrace|Crescent|Highway|Hwy|Parkway|Pkwy|Mews)"
)
# Kinds that are everyday words too.
_WORD = r"(?:(?<!Supreme )(?<!High )Court|Ct|Way|Place|Pl|Close|Square|Sq|Circle|Cir|Trail|Gardens|Grove|Row|Walk|Hill|Quay|Parade|Loop|Alley)"
_UNIT = r"(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Building|Bldg|Lot)\.?\s?#?\s?[0-9A-Za-z-]{1,6}|#\s?[0-9]{1,5}[A-Za-z]?)\b"
_POSTCODE = r"[A-Z]{1,2}[0-9][0-9A-Z]?\s?[0-9][A-Z]{2}\b"
_REGION = rf"(?:[A-Z]{{2}}\.?,?\s(?:[0-9]{{5}}(?:-[0-9]{{4}})?|[A-Z][0-9][A-Z]\s?[0-9][A-Z][0-9])\b|[A-Z]{{2,3}}\s[0-9]{{4}}\b|{_POSTCODE})"
_CITY = (
    r"(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May\b|June|July|August|September|October|November|December)"
    r"[A-Z][A-Za-z'.-]+(?: [A-Z][A-Za-z'.-]+){0,2}"
)
_TAIL = rf"(?P<unit>,? {_UNIT})?(?P<town>,?\s{_CITY},?\s{_REGION}|(?:, {_CITY}){{1,2}}(?:,?\s{_REGION})?|,?\s{_POSTCODE})?"

_CAPITALS = re.compile(
    rf"{_NUMBER}(?P<comma>,?) (?:{_DIRECTION} )?(?:{_NAME} ){{1,3}}(?:{_STREET}|(?P<word>{_WORD}))\b\.?(?: {_DIRECTION})?{_TAIL}"
)
_NOT_SMALL = (
    r"(?!(?:and|the|to|of|on|in|a|an|from|for|down|away|before|after|by|at|or|way|lane|minutes?|mins?|hours?|miles?|years?|days?|more"
    r"|other|different|long|bedroom|blocks?|feet|ft|below|above|gb|tb)\b)"
)
_SMALL = re.compile(
    rf"{_NUMBER} (?:[nsew]\.? )?(?:{_NOT_SMALL}[a-z']+ ){{1,3}}{_STREET}\b\.?(?P<unit>,? {_UNIT})?"
    r"(?P<town>,? [a-z]+(?: [a-z]+)?,? [a-z]{2} [0-9]{5}\b)?",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r" [A-Z][a-z]")
_FLAT = re.compile(rf"\b{_UNIT}, $")
_HOME = re.compile(
    r"\b(?:liv(?:e|es|ed|ing)|address|ship(?:ped|ping)?|send|sent|mail|deliver(?:ed|y)?|mov(?:e|ed|ing)|house|home|stay(?:ing)?"
    r"|resid\w+|located|drop|package|parcel|pick\w*|come|apartment|flat|lease|rent\w*|place)\b[^\n.!?]{0,25}$",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r",? (?:is|was) (?:my|our|his|her|their|the|where) (?:\w+ )?(?:address|house|home|place|flat|live|lives)\b",
    re.IGNORECASE,
)
_AT = re.compile(r"(?:\b(?:at|to|from|near|outside|address)|[:(])\s?$", re.IGNORECASE)
_BOX = re.compile(
    r"\bP\.?\s?O\.?\s?Box\s[0-9]{2,6}(?:,?\s(?:[A-Z][A-Za-z.]+\s?){1,3},?\s[A-Z]{2}\s[0-9]{5}(?:-[0-9]{4})?)?",
    re.IGNORECASE,
)
# Houses that the whole world knows, of films, books and governments.
_FAMOUS = re.compile(
    r"(?:10|11) Downing|221B Baker|1600 Pennsylvania|21 Jump|4 Privet|742 Evergreen|12 Grimmauld|42 Wallaby|1313 Mockingbird"
    r"|350 Fifth|1 Infinite|11 Wall|77 Sunset|124 Conch|10 Cloverfield|13 Elm|1428 Elm|84 Charing",
    re.IGNORECASE,
)


def english(text: str) -> Iterator[Span]:
    """Addresses of a folded text. A kind of street that is an everyday word (`Row`, `Close`), and small letters, need
    more: a flat, a town, or words that speak of a home."""
    for match in _CAPITALS.finditer(text):
        bare = not (match["unit"] or match["town"])
        if match["word"] and (match["comma"] or (bare and not _speaks_of_home(text, match.start(), _AT))):
            continue
        # "3 Good Street Tacos": the name goes on.
        if bare and _GOES_ON.match(text, match.end()) and not _speaks_of_home(text, match.start(), _AT):
            continue
        if not _FAMOUS.search(match.group()):
            flat = _FLAT.search(text, max(0, match.start() - 20), match.start())
            yield Span(flat.start() if flat else match.start(), match.end(), "address")
    for match in _SMALL.finditer(text):
        told = (
            match["unit"]
            or match["town"]
            or _speaks_of_home(text, match.start())
            or _is_called_home(text, match.end())
        )
        if told and not _FAMOUS.search(match.group()):
            yield Span(*match.span(), "address")
    for match in _BOX.finditer(text):
        yield Span(*match.span(), "address")


def _speaks_of_home(text: str, start: int, *others: re.Pattern[str]) -> bool:
    return any(words.search(text, max(0, start - 40), start) for words in (_HOME, *others))


def _is_called_home(text: str, end: int) -> bool:
    return _CALLED.match(text, end) is not None
