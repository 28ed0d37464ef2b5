"""What a rule makes."""

from __future__ import annotations

from typing import NamedTuple

from truthgpt.answer.kinds import Kind


class Made(NamedTuple):
    """A question, and the kind of thing that it asks for."""

    text: str
    expects: Kind
