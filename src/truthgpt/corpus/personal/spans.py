"""What a finding is: where it stands in a text, and of what kind it is."""

from __future__ import annotations

from typing import NamedTuple

KINDS = ("email", "phone", "ip", "card", "iban", "cpf", "cnpj", "cn_id", "address")
"""Every kind of personal data that is found."""


class Span(NamedTuple):
    """Characters `start` to `end` (Unicode code points, end exclusive) of a text hold personal data of `kind`."""

    start: int
    end: int
    kind: str
