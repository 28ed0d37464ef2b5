"""How much one caller may do: so much at once, then evenly, each caller for themselves."""

from __future__ import annotations

import pytest

from truthgpt.server.allowance import HOUR, Allowance, network
from truthgpt.server.errors import RequestError

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now

    def pass_(self, seconds: int) -> None:
        self.now += seconds * SECOND


def refused(allowance: Allowance, caller: str) -> int | None:
    """The seconds after which `caller` may try again; None where the act was allowed."""
    try:
        allowance.take(caller)
    except RequestError as error:
        return int((error.headers or {})["Retry-After"])
    return None


@pytest.mark.parametrize("most", [1, 7, 30, 600])
def test_so_many_at_once_and_then_one_at_a_time(most: int) -> None:
    clock = Clock()
    allowance = Allowance(most, "notes", clock)
    assert [refused(allowance, "a") for _ in range(most)] == [None] * most
    for _ in range(3):
        seconds = refused(allowance, "a")
        assert seconds in (HOUR // most, -(-HOUR // most))
        clock.pass_(seconds)
        assert refused(allowance, "a") is None


def test_what_was_refused_costs_nothing() -> None:
    clock = Clock()
    allowance = Allowance(2, "notes", clock)
    waits = [refused(allowance, "a") for _ in range(5)]
    assert waits == [None, None, 1800, 1800, 1800]


def test_callers_are_counted_apart_and_forgotten_when_they_have_been_quiet() -> None:
    clock = Clock()
    allowance = Allowance(1, "notes", clock)
    for number in range(5000):
        assert refused(allowance, f"caller {number}") is None
        clock.pass_(1)
    assert refused(allowance, "caller 4999") == HOUR - 1
    assert len(allowance._over) < 5000, "those whose hour is over are no longer kept"


def test_the_refusal_is_one_line_that_says_what_and_when() -> None:
    allowance = Allowance(1, "new identities", Clock())
    allowance.take("a")
    with pytest.raises(RequestError) as raised:
        allowance.take("a")
    assert raised.value.status_code == 429
    assert raised.value.detail == "that is more than 1 new identities an hour; try again in 3600 seconds"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("testclient", "x" * 10_000, True),
        (None, "", True),
    ],
)
def test_addresses_of_one_household_are_one(one: str | None, other: str | None, same: bool) -> None:
    assert (network(one) == network(other)) is same
    assert len(network(other)) < 40
