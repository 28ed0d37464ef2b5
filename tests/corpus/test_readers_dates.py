"""Dates in the forms that exports write; what is no date is said, never guessed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.readers.dates import parse

AT = datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2018-10-10T20:19:24Z",
        "2018-10-10 20:19:24",
        "2018-10-10 20:19:24 UTC",
        "2018-10-10T22:19:24+02:00",
        "Wed Oct 10 20:19:24 +0000 2018",
        "Wed Oct 10 15:19:24 -0500 2018",
        "1539202764",
        "1539202764.0",
        " 1539202764000 ",
        "1539202764000000",
        "1539202764000000000",
        1539202764,
        1539202764.0,
        1539202764000,
        datetime(2018, 10, 10, 20, 19, 24),
        datetime(2018, 10, 10, 15, 19, 24, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_one_instant_in_many_forms(value: object) -> None:
    assert parse(value) == AT


@pytest.mark.parametrize("value", ["2018-10-10", "20181010", 20181010, date(2018, 10, 10)])
def test_a_day_is_its_beginning(value: object) -> None:
    assert parse(value) == datetime(2018, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "  ", "None", "null", "NaN", "NaT", None, math.nan])
def test_absent(value: object) -> None:
    assert parse(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2018",
        2018,
        "10/10/2018",
        "2018-13-01",
        "Wed Foo 10 20:19:24 +0000 2018",
        "inf",
        "1e300",
        -(10**30),
        10**400,
        True,
        [],
        {},
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_no_date(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its text is not shown to anybody)
        parse(value)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.text("0123456789-:TZ+. ")))
def test_any_value_is_an_instant_in_utc_or_a_value_error(value: object) -> None:
    try:
        found = parse(value)
    except ValueError:
        return
    assert found is None or found.utcoffset() == timedelta(0)
