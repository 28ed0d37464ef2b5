"""Chinese sentences taken apart at their commas, where each part has a predicate and its subject is sure.

A part that begins with its predicate takes the subject of the first part, as does one that begins with something
every such subject has ("总部", "全长"). One with a subject of its own stands by itself. Where any part is neither,
where a word ties parts together (如果, 因为, 不仅 …) and inside quotation marks, the sentence stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from truthgpt.truth.claims import hanzi_words as lexicon

_COMMA = regex.compile(r"[，,；;]")
_SHELTER = regex.compile(
    r"“[^”]*”?|‘[^’]*’?|「[^」]*」?|『[^』]*』?|（[^）]*）?|\([^)]*\)?|《[^》]*》?|\"[^\"]*\"?"
)
_DROPPED = regex.compile(
    r"^(?:并且|而且|并|但是|但|却|然而|不过|可是|随后|随即|然后|接着|后来|同时|此外|另外|其中)(?=.)"
)
_CONCESSION = regex.compile(r"^(?:虽然|尽管)")
_LABEL = regex.compile(r"^(?:快讯|突发|最新消息|最新|更新|提醒|通知|公告|新闻)[：:]\s*")
_TAIL = regex.compile(r"[。！？!?.…~～]+[”」』\"）)]*$")
_STOPS = "。！？!?.…～~"
_COUNT_ONLY = regex.compile(
    r"(?:\d+|[一二两三四五六七八九十百千万]+)(?:名|个|位|家|部|辆|只|件|条|座|间|所)$"
)
_SAYING = regex.compile(r"^[^，：:]{1,24}(?:说|表示|称|指出|问|写道|强调|回应|认为)[：:]")
_NOT_SUBJECT = regex.compile(
    r"^(?:其中|另外|此外|分别|平均|每|最|共|约|近|超|仅|这|那|此|该$|什么|怎|为何|大概|甚至|尤其|包括|以及|特别|例如|比如)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A clause: `subject` and `lead` come from elsewhere, `text` is the source's [`start`, `end`)."""

    lead: str
    subject: str
    text: str
    start: int
    end: int
    own: str
    """Its own subject, "" where `subject` was carried."""

    def written(self, end: str = "。") -> str:
        return self.lead + self.subject + self.text + end


def subject_of(clause: str) -> str:
    """What stands before the predicate of `clause`, without expressions of time; "" where that is not sure."""
    time = lexicon.TIME.match(clause)
    begin = time.end() if time else 0
    verb = lexicon.verb_at(clause, begin)
    if verb <= begin:
        return ""
    subject = clause[begin:verb]
    for at in range(1, len(subject)):
        if lexicon.TIME.match(subject[at:]):
            subject = subject[:at]
            break
    return (
        ""
        if len(subject) > 24 or (_NOT_SUBJECT.match(subject) and not subject.startswith(("这", "那")))
        else subject
    )


def parts(text: str, begin: int, end: int) -> list[Part]:
    """The clauses of the sentence `text[begin:end]`, in order; at least one, unless it is a label alone. Linear in its length."""
    if label := _LABEL.match(text[begin:end]):
        begin += label.end()
    if not any(char.isalnum() for char in text[begin:end]):
        return []
    if (tail := _TAIL.search(text[begin:end])) and tail[0][-1] in _STOPS:
        end = begin + tail.start()
    sentence = text[begin:end]
    whole = [Part("", "", sentence, begin, end, subject_of(sentence))]
    shelters = [match.span() for match in _SHELTER.finditer(sentence)]
    cuts = [
        match.start()
        for match in _COMMA.finditer(sentence)
        if not any(left <= match.start() < right for left, right in shelters)
    ]
    if not cuts or len(cuts) > 12 or lexicon.HOLD.search(sentence) or _SAYING.match(sentence):
        return whole
    bounds = [
        (left, right)
        for left, right in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(sentence)], strict=True)
    ]
    return _classified(sentence, bounds, begin) or whole


def _classified(sentence: str, bounds: list[tuple[int, int]], offset: int) -> list[Part]:
    """The parts within `bounds`; [] where one of them is not sure."""
    made: list[Part] = []
    lead = subject = ""
    for index, (left, right) in enumerate(bounds):
        raw = sentence[left:right]
        left += len(raw) - len(raw.lstrip())
        clause = raw.strip()
        if not clause:
            return []
        if index == 0 and (lexicon.SAYS.match(clause) or _is_time(clause)):
            lead = clause + "，"
            continue
        if lexicon.SAYS_INSIDE.search(clause):
            return []
        for pattern in (_CONCESSION, _DROPPED) if made or index == 0 else ():
            if (match := pattern.match(clause)) and len(clause) > match.end() + 1:
                left, clause = left + match.end(), clause[match.end() :]
        first = not made
        if (
            lead
            and _is_time(lead[:-1])
            and made
            and (sentence[left - 1] in "；;" or regex.search(r"\d年|月", clause))
        ):
            lead = ""
        piece = _part(clause, lead, subject, offset + left, first=first)
        if piece is None:
            return []
        subject = piece.own or subject
        made.append(piece)
    return made if len(made) > 1 else []


def _is_time(clause: str) -> bool:
    time = lexicon.TIME.match(clause)
    return time is not None and time.end() == len(clause)


def _part(clause: str, lead: str, subject: str, start: int, *, first: bool) -> Part | None:
    end = start + len(clause)
    if len(clause) < 2 or clause.endswith(
        ("和", "与", "、", "：", "时", "后", "前", "中", "上", "下", "里", "以来")
    ):
        return None
    if _COUNT_ONLY.search(clause) or (clause.endswith("的") and "是" not in clause):
        return None
    time = lexicon.TIME.match(clause)
    bare = clause[time.end() :] if time else clause
    if lexicon.begins_with_predicate(bare):
        return None if first or not subject else Part(lead, subject, clause, start, end, "")
    if (
        not first
        and subject
        and not lexicon.NAMED_PART.match(subject)
        and (name := lexicon.NAMED_PART.match(bare))
        and len(bare) > name.end()
    ):
        return Part(lead, subject, clause, start, end, "")
    own = subject_of(clause)
    return Part(lead, "", clause, start, end, own) if own and len(own) <= 16 else None
