"""An answer as plain text with `[1]` markers and a list of sources, for clients that show only text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from truthgpt.answer.phrases import NEAREST, not_said
from truthgpt.answer.schema import Answer, Care, Decision, Evidence, Sentence
from truthgpt.notes.told import context

_CJK_END = "。！？；」』"
_PART_LIMIT = 120


def defused(text: str) -> str:
    """`text` in which no Markdown image loads: who shows an answer must not call a post's server."""
    return text.replace("![", "!\\[")


def _part(text: str) -> str:
    """A post's author, community or address on one bounded line."""
    return defused(" ".join(text.split())[:_PART_LIMIT])


class TextAnswer:
    """Writes an answer sentence by sentence, numbering posts in the order in which they are first cited."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._written: list[str] = []
        self._end = ""
        self._helped = False

    def help(self, decision: Decision) -> str:
        """Help for a person in distress, which comes before the answer; empty where there is none, or it was said."""
        if decision.care is None or self._helped:
            return ""
        self._helped = True
        return f"{help_first(decision.care)}\n\n"

    def _markers(self, citations: Iterable[str]) -> str:
        numbers = [self._numbers.setdefault(post, len(self._numbers) + 1) for post in citations]
        return "".join(f"[{number}]" for number in numbers)

    def sentence(self, sentence: Sentence) -> str:
        """The text that adds a shown sentence to what is written."""
        gap = "" if not self._written or self._end in _CJK_END else " "
        text = defused(sentence.text.strip())
        self._end = text[-1:]
        if sentence.quoted:
            text = f"“{text}”"
        markers = self._markers(sentence.citations)
        if markers and self._end not in _CJK_END:
            markers = " " + markers
        self._written.append(sentence.text)
        return gap + text + markers

    def rest(self, answer: Answer) -> str:
        """What completes an answer: sentences not written yet, the refusal or silence, sides, sources."""
        before = self.help(answer.decision)
        parts = [self.sentence(each) for each in answer.sentences if each.text not in self._written]
        text = "".join(parts)
        if not self._written:
            text += _silence(answer)
        elif self._numbers and not answer.outright:
            text += f"\n\n{NEAREST}"
        text = before + text
        for side in answer.perspectives if len(answer.perspectives) > 1 else ():
            points = " ".join(defused(point.strip()) for point in side.sentences)
            said = f"{_part(side.label)} ({side.share:.0%}): {points} {self._markers(side.citations)}"
            text += "\n\n" + said.rstrip()
        return text + self._sources(answer)

    def _sources(self, answer: Answer) -> str:
        """The posts that were cited, each with the notes that stand with it."""
        if not self._numbers:
            return ""
        found = {each.id: each for each in answer.evidence}
        lines: list[str] = []
        for post, number in self._numbers.items():
            lines.append(f"[{number}] {_source(post, found.get(post))}")
            texts = (note["text"] for note in answer.notes if note["post_id"] == post)
            lines += (f"    {defused(context(text))}" for text in texts)
        return "\n\nSources:\n" + "\n".join(lines)


def help_first(care: Care) -> str:
    """What is shown before an answer to a person in distress: a sentence, the emergency number, who helps."""
    lines = [care.text]
    if care.emergency:
        lines.append(f"☎ {care.emergency}")
    lines += (" ".join(filter(None, (f"{line.name}:", line.number, line.link))) for line in care.lines)
    return "\n".join(lines)


def _source(post_id: str, evidence: Evidence | None) -> str:
    if evidence is None:
        return _part(post_id)
    date = evidence.created_at.date().isoformat() if evidence.created_at else ""
    url = evidence.url if re.match(r"https?://", evidence.url) else post_id
    return ", ".join(_part(part) for part in (evidence.community, evidence.author, date, url) if part)


def _silence(answer: Answer) -> str:
    """What is said when an answer has no sentence: the rule that refused it, or that the posts do not say."""
    if answer.decision.answer:
        return not_said(answer.language)
    grounds = ", ".join(part for part in (answer.decision.rule, answer.decision.statute) if part)
    return f"This question is not answered: {grounds or 'the law forbids it'}."


def render(answer: Answer) -> str:
    """The whole answer as text."""
    return TextAnswer().rest(answer)
