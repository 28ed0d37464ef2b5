"""A date as exports write it in, an instant in UTC out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_TWITTER = re.compile(
    r"[A-Za-z]{3} ([A-Za-z]{3}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4}) ([0-9]{4})"
)
_ABSENT = frozenset(("", "nan", "nat", "none", "null"))
_MILLISECONDS = 1e11
"""From here on a number counts milliseconds: as seconds it would lie in the year 5138, as milliseconds in
1973."""
_MICROSECONDS = 1e14
_NANOSECONDS = 1e17
_FIRST = 1e8
"""Numbers of four or eight digits below this (1973) are years or days (`2018`, `20181010`), not Unix
seconds."""


def parse(value: object) -> datetime | None:
    """The instant that `value` names, `None` where it is absent.

    Read are ISO 8601 (UTC where no offset is given), Unix time in seconds, milliseconds, microseconds or
    nanoseconds as number or text, and Twitter's `Wed Oct 10 20:19:24 +0000 2018`. Raises `ValueError` for
    everything else.
    """
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return _written(value.strip())
        if number < _FIRST and len(value) in (4, 8) and value.isdigit():
            return _written(value)
        if number != number:
            return None
        return _unix(number)
    if value is None or value != value:
        return None
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse(str(value)) if isinstance(value, int) and abs(value) < _FIRST else _unix(value)
    raise ValueError("no date")


def _unix(number: float) -> datetime:
    size = abs(number)
    try:
        if size >= _MILLISECONDS:
            number /= 1e3 if size < _MICROSECONDS else 1e6 if size < _NANOSECONDS else 1e9
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, OSError):
        raise ValueError("no date") from None


def _written(text: str) -> datetime | None:
    if text.lower() in _ABSENT:
        return None
    if found := _TWITTER.fullmatch(text):
        month, day, clock, offset, year = found.groups()
        number = _MONTHS.get(month.lower(), 0)
        text = f"{year}-{number:02}-{int(day):02}T{clock}{offset}"
    elif len(text) == 4:
        raise ValueError("a year is no date")
    # BigQuery and pandas write the zone as a word.
    return _utc(datetime.fromisoformat(text.removesuffix(" UTC")))


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("no date") from None
