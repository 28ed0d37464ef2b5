"""A report as PDF, in whatever script it is written.

Three fonts that readers of PDF have or stand in for: Helvetica for Latin scripts of western Europe, Adobe's STSong for Chinese, Japanese, Greek
and Cyrillic, HYSMyeongJo for Korean (ISO 32000-1, 9.6.2.2 and 9.7.5.2). None is embedded, so a report is a few kilobytes and its text can be
searched; a reader without an Asian font shows blanks there, and the JSON has everything. A letter that none has but for its accents loses
these (Ș is S); any other character stands as its number, [U+1F600]. Given the same report, the same bytes come out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Any, Final

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from truthgpt.oversight.incidents.report import FIELDS, KINDS, Incident
from truthgpt.oversight.incidents.store import exported

_LATIN: Final = "Helvetica"
_FONTS: Final = ((_LATIN, "cp1252"), ("STSong-Light", "gbk"), ("HYSMyeongJo-Medium", "cp949"))
"""Fonts, and the character sets that they hold."""
_TEXT: Final = ParagraphStyle(
    "text", fontName=_LATIN, fontSize=10, leading=14, alignment=TA_LEFT, wordWrap="CJK"
)
_HEAD: Final = ParagraphStyle("head", parent=_TEXT, fontSize=11.5, leading=16, spaceBefore=8)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontSize=16, leading=22)
_LONGEST_PARAGRAPH: Final = 2_000
"""Characters after which a paragraph is cut in two, for one longer than a page is laid out slowly."""


def pdf(incident: Incident, now: datetime) -> bytes:
    """The report with its deadlines as they stand at `now`, and its history. Takes any text."""
    whole = exported(incident, now)
    story: list[Flowable] = [_paragraph(f"Serious incident report {incident.id}", _TITLE)]
    _, kind = KINDS[incident.kind]
    resolved = f", {whole['resolved']}" if whole["resolved"] else ""
    story += [
        _paragraph(line, _TEXT)
        for line in (
            f"Kind: {kind}",
            f"Aware since: {whole['aware']}",
            f"Status: {whole['status']}{resolved}",
            f"As of: {now.isoformat(timespec='seconds')}. Kept until at least: {whole['kept_until']}",
        )
    ]
    for number, (name, asks) in enumerate(FIELDS.items(), start=1):
        story.append(_paragraph(f"{number}. {asks[0].upper()}{asks[1:]}", _HEAD))
        story += _paragraphs(whole[name])
    story.append(_paragraph("Deadlines (Code of Practice, Measure 9.3; UTC)", _HEAD))
    story += [_paragraph(_deadline(one), _TEXT) for one in whole["deadlines"]]
    story.append(_paragraph("History", _HEAD))
    for entry in whole["history"]:
        story += _entry(entry)
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=incident.id,
        author="TruthGPT",
        invariant=1,
    )
    document.build(story)
    return out.getvalue()


def _deadline(one: Mapping[str, Any]) -> str:
    met = f"sent {one['met']}" if one["met"] else "not sent yet"
    late = ", too late" if one["overdue"] and one["met"] else ", overdue" if one["overdue"] else ""
    return f"{one['what']}: due {one['due']}; {met}{late}"


def _entry(entry: Mapping[str, Any]) -> Iterator[Flowable]:
    changed = "all fields" if entry["act"] == "open" else ", ".join(entry["fields"]) or "no field"
    sent = f"; sent to the authorities {entry['sent']}" if entry["sent"] else ""
    yield _paragraph(f"{entry['at']}, {entry['by']}: {entry['act']}, {changed}{sent}", _TEXT)
    if entry["act"] == "update":
        for name, text in entry["fields"].items():
            yield from _paragraphs(f"{name}: {text}")
    if entry["note"]:
        yield from _paragraphs(entry["note"])
    yield Spacer(0, 2 * mm)


def _paragraphs(text: str) -> Iterator[Flowable]:
    for line in text.splitlines():
        for start in range(0, len(line), _LONGEST_PARAGRAPH):
            yield _paragraph(line[start : start + _LONGEST_PARAGRAPH], _TEXT)


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """`text` as the library's markup, in which nothing of it is markup."""
    _register()
    shown = "".join(_shown(character) for character in text)
    runs = groupby(shown, key=_font)
    marked = "".join(f'<font face="{font}">{_escaped("".join(run))}</font>' for font, run in runs if font)
    return Paragraph(marked, style)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(character: str) -> str:
    """The character, if a font has it; else its letter without accents, or its number."""
    if character.isspace():
        return " "
    if character.isprintable() and _font(character):
        return character
    plain = unicodedata.normalize("NFKD", character)[:1]
    if plain.isalpha() and plain.isprintable() and _font(plain):
        return plain
    return f"[U+{ord(character):04X}]"


@lru_cache(maxsize=4096)
def _font(character: str) -> str:
    for font, held in _FONTS:
        try:
            character.encode(held)
        except UnicodeEncodeError:
            continue
        return font
    return ""


@lru_cache(maxsize=1)
def _register() -> None:
    for font, _ in _FONTS[1:]:
        pdfmetrics.registerFont(UnicodeCIDFont(font))
