"""How much one caller may do. Counted in this process's memory: a restart forgets it, and several processes each have their own."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable

from truthgpt.server.errors import RequestError

HOUR = 3600
_SECOND = 1_000_000_000
_FEWEST_SWEPT = 1024


class Allowance:
    """`most` acts of one caller at once, and then `most` an hour, evenly.

    The generic cell rate algorithm (ITU-T I.371): all that is kept of a caller is when its acts so far would be over if they
    came evenly. Whoever has been quiet for an hour is forgotten.
    """

    def __init__(self, most: int, acts: str, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._most = most
        self._acts = acts
        self._clock = clock
        self._step = HOUR * _SECOND // most
        self._over: dict[str, int] = {}
        self._sweep_at = _FEWEST_SWEPT
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Counts an act of `caller`. Raises `RequestError` 429, which says when the next may come."""
        with self._lock:
            now = self._clock()
            if len(self._over) >= self._sweep_at:
                self._over = {who: over for who, over in self._over.items() if over > now}
                self._sweep_at = max(_FEWEST_SWEPT, 2 * len(self._over))
            over = max(now, self._over.get(caller, now)) + self._step
            wait = over - now - self._most * self._step
            if wait <= 0:
                self._over[caller] = over
                return
        seconds = -(-wait // _SECOND)
        raise RequestError(
            429,
            f"that is more than {self._most} {self._acts} an hour; try again in {seconds} seconds",
            code="rate_limit_exceeded",
            headers={"Retry-After": str(seconds)},
        )


def network(host: str | None) -> str:
    """What a client's address is counted by: an IPv4 address, or the /64 of an IPv6 one, which a single household is given."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped) if address.ipv4_mapped else f"{int(address) >> 64:x}"
