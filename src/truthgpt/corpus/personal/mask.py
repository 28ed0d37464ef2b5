"""Text and the spans of its personal data in, text with a typed placeholder for each out: for training, never to cite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from truthgpt.corpus.personal.spans import KINDS

PLACEHOLDERS: Mapping[str, str] = {kind: f"<{kind.upper()}>" for kind in KINDS}
"""What stands in a masked text for each kind: `<EMAIL>`, `<CN_ID>` and so on."""


def mask(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """`text` with each of `spans` (start, end, kind; in order, not overlapping) replaced by its placeholder.

    >>> mask("write to ana@example.com", [(9, 24, "email")])
    'write to <EMAIL>'
    """
    parts: list[str] = []
    at = 0
    for start, end, kind in spans:
        parts += (text[at:start], PLACEHOLDERS[kind])
        at = end
    return "".join((*parts, text[at:]))
