"""From a question to an answer: law, search, evidence, draft, check, quotation, in this order, streamed as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from truthgpt.answer import evidence as evidence_
from truthgpt.answer import perspectives, phrases
from truthgpt.answer import question as question_
from truthgpt.answer.asserting import asserts
from truthgpt.answer.checking import Checked, check
from truthgpt.answer.corrections import is_denial, negates
from truthgpt.answer.coverage import Encoder, covered
from truthgpt.answer.drafting import draft
from truthgpt.answer.echo import echoes, unframed
from truthgpt.answer.evidence import NotesOf, Piece
from truthgpt.answer.passages import LONGEST, Passage
from truthgpt.answer.question import Question
from truthgpt.answer.satisfies import satisfies
from truthgpt.answer.schema import (
    LONGEST_QUESTION,
    Answer,
    AnswerEvent,
    Care,
    Decision,
    DecisionEvent,
    Event,
    Evidence,
    EvidenceEvent,
    HelpLine,
    Sentence,
    SentenceEvent,
    VerdictEvent,
)
from truthgpt.answer.speaking import quotable
from truthgpt.answer.words import stem_words
from truthgpt.corpus.languages import detect
from truthgpt.errors import BadInputError
from truthgpt.language.engine import Engine
from truthgpt.law import care, decide
from truthgpt.notes.told import told
from truthgpt.search.searcher import Searcher
from truthgpt.settings import QUOTES_ONLY
from truthgpt.truth.verifier import EvidenceStance, Verifier

IN_PROMPT = 3
"""Passages that the model reads."""
_ENOUGH = 2
"""Sentences from which a draft stands alone; with fewer shown, quotations are added."""
_QUOTATIONS, _SIDES_QUOTED = 2, 3
"""Sentences that an answer has at the most once quotations are added; more where several sides or corrections speak."""
_SAME = 0.6
"""Share of words in common from which a quotation repeats a sentence that is already shown."""
_BESIDE = 0.6
"""Share of the best passage's probability that a further quotation must have."""
_TO_THE_POINT = 0.25
"""Share of the question's tokens, by weight, that a drafted sentence and a second quotation must have."""


@dataclass(slots=True)
class _Course:
    """What one answer has come to so far."""

    question: Question
    pieces: list[Piece]
    voices: dict[str, int] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    struck: list[Sentence] = field(default_factory=list)
    stances: list[str] = field(default_factory=list)
    drafted: int = 0
    quoted: dict[str, Passage] = field(default_factory=dict)
    """Of each quoted post, by its id, the passage that was quoted first."""


def with_care(topic: str, language: str, jurisdiction: str) -> Care:
    """The help that is shown before an answer on `topic`."""
    return Care(
        topic=topic,
        text=care.first(topic, language),
        emergency=care.emergency(jurisdiction),
        lines=[
            HelpLine(name=line.name, number=line.number, link=str(line.link))
            for line in care.lines(topic, jurisdiction)
        ],
    )


class _Quotation(NamedTuple):
    """A passage as it is quoted, and how probable it is that it answers, where that is known."""

    piece: Piece
    passage: Passage
    answers: float | None

    @property
    def text(self) -> str:
        return quotable(self.piece.post.text, self.passage.start, self.passage.end)


class Answerer:
    """Answers questions over one corpus.

    `engine` is called when a draft is needed and gives None where there is no language model: then answers are made of
    quoted evidence alone. `encoder` makes the vectors; `corpus_version` names what the answer was made from. `notes` gives
    the notes that stand with posts (None: there are none).
    """

    def __init__(
        self,
        searcher: Searcher,
        encoder: Encoder,
        verifier: Verifier,
        engine: Callable[[], Engine | None],
        corpus_version: Callable[[], int],
        notes: NotesOf | None = None,
    ) -> None:
        self._searcher = searcher
        self._encoder = encoder
        self._verifier = verifier
        self._engine = engine
        self._corpus_version = corpus_version
        self._notes = notes

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        """Events in the order of `answer.schema`, the whole answer last. Closing the iterator stops the model.

        Raises `BadInputError`, before any event, for an empty question, one over `LONGEST_QUESTION` characters, or an
        unknown jurisdiction; `MissingError` when the model cannot be reached.
        """
        if not question.strip():
            raise BadInputError("the question is empty; ask something")
        if len(question) > LONGEST_QUESTION:
            raise BadInputError(
                f"the question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read"
            )
        text, where = question.strip(), jurisdiction or "open"
        ruling = decide(question, where)
        language = detect(text) or "en"
        decision = Decision(
            answer=ruling.decision == "answer",
            rule=ruling.rule,
            statute=ruling.statute,
            care=with_care(ruling.care, language, where) if ruling.care else None,
        )
        return self._events(text, language, decision)

    def _events(self, text: str, language: str, decision: Decision) -> Iterator[Event]:
        started = time.perf_counter()
        yield DecisionEvent(language=language, decision=decision)
        course = _Course(question_.read(text, language), [])
        model = QUOTES_ONLY
        if decision.answer:
            gathered = evidence_.gather(course.question, self._searcher.search, self._encoder)
            course.pieces, course.voices = gathered.pieces, gathered.voices
            if self._notes is not None:
                course.pieces = evidence_.with_notes(course.pieces, self._notes)
            course.stances = ["neutral"] * len(course.pieces)
            yield EvidenceEvent(evidence=self._evidence(course))
            if evidence_.answers(course.question, course.pieces):
                engine = self._engine()
                if engine is not None:
                    model = engine.name
                    yield from self._draft(course, engine)
                yield from self._quote(course)
            if not course.sentences:
                yield from self._not_said(course)
        answered = any(sentence.citations for sentence in course.sentences)
        yield AnswerEvent(
            answer=Answer(
                question=text,
                language=language,
                decision=decision,
                sentences=course.sentences,
                struck=course.struck,
                perspectives=perspectives.by_community(course.pieces, course.voices) if answered else [],
                evidence=self._evidence(course),
                notes=[told(note, decided) for piece in course.pieces for note, decided in piece.notes],
                model=model,
                corpus_version=self._corpus_version(),
                seconds=round(time.perf_counter() - started, 4),
            )
        )

    def _evidence(self, course: _Course) -> list[Evidence]:
        return [
            piece.as_schema(stance, course.quoted.get(piece.post.id))
            for piece, stance in zip(course.pieces, course.stances, strict=True)
        ]

    def _draft(self, course: _Course, engine: Engine) -> Iterator[Event]:
        read = course.pieces[:IN_PROMPT]
        passages = [with_context(piece) for piece in read]
        asked = self._encoder.tokens(course.question.text)
        for drafted in draft(course.question.text, passages, engine):
            text, cites = unframed(drafted.text), [read[number].post.id for number in drafted.cites]
            objection = ""
            if echoes(text, course.question):
                objection = "it says no more than the question does"
            elif covered(asked, text, self._encoder) < _TO_THE_POINT:
                objection = "it does not speak to the question"
            yield from self._judge(course, text, cites, objection=objection)

    def _quote(self, course: _Course) -> Iterator[Event]:
        """Fill an answer that says too little, or not what was asked for, with the evidence's own sentences."""
        question = course.question
        told = any(satisfies(sentence.text, question) for sentence in course.sentences)
        if len(course.sentences) >= _ENOUGH and told:
            return
        corrections = _corrections(course.pieces)
        most = _SIDES_QUOTED if corrections or course.voices else _QUOTATIONS
        for piece, passage in corrections:
            if len(course.sentences) < most and asserts(passage.text, question.language):
                # What a claim is called false with answers, however little it has of the question.
                yield from self._judge(
                    course, passage.text, [piece.post.id], quoted=_Quotation(piece, passage, None)
                )
        asked = self._encoder.tokens(question.text)
        best = 0.0
        for piece, passage in _quotable(course.pieces, course.voices):
            if len(course.sentences) >= most:
                return
            to_the_point = covered(asked, passage.text, self._encoder) >= _TO_THE_POINT
            beside = bool(course.voices) or passage.probability >= best * _BESIDE
            if not course.sentences or (beside and to_the_point):
                answers = None if passage.answers is None else round(passage.answers, 4)
                yield from self._judge(
                    course, passage.text, [piece.post.id], quoted=_Quotation(piece, passage, answers)
                )
                best = max(best, passage.probability)

    def _judge(
        self,
        course: _Course,
        text: str,
        cites: Sequence[str],
        *,
        quoted: _Quotation | None = None,
        objection: str = "",
    ) -> Iterator[Event]:
        """Check a sentence and put it where it belongs; one that is true is struck all the same where there is an `objection`.

        `quoted` is what stands in the answer for a sentence that the first of `cites` holds word for word.
        """
        if any(_repeats(text, sentence.text, course.question.language) for sentence in course.sentences):
            return
        index = course.drafted
        course.drafted += 1
        yield SentenceEvent(index=index, text=quoted.text if quoted else text, citations=list(cites))
        checked = check(text, course.pieces, self._verifier, cites=cites, quoted=bool(quoted))
        sentence, shown = checked.sentence, checked.shown and not objection
        if quoted:
            sentence = sentence.model_copy(update={"text": quoted.text, "answers": quoted.answers})
        if checked.shown and objection:
            sentence = sentence.model_copy(update={"reason": objection})
        if shown and sentence.verdict == "supported" and perspectives.is_opinion(text):
            sentence = _one_side(sentence, course)
        (course.sentences if shown else course.struck).append(sentence)
        if shown and quoted:
            course.quoted.setdefault(quoted.piece.post.id, quoted.passage)
        if shown:
            _note_stances(course, checked)
        yield VerdictEvent(index=index, shown=shown, sentence=sentence)

    def _not_said(self, course: _Course) -> Iterator[Event]:
        nearest = course.pieces[0].passage.probability if course.pieces else 0.0
        sentence = Sentence(
            text=phrases.not_said(course.question.language),
            citations=[],
            verdict="not enough evidence",
            confidence=round(max(0.0, min(1.0, 1.0 - nearest)), 4),
            reason="no post found answers the question",
        )
        course.sentences.append(sentence)
        index = course.drafted
        yield SentenceEvent(index=index, text=sentence.text, citations=[])
        yield VerdictEvent(index=index, shown=True, sentence=sentence)


def _one_side(sentence: Sentence, course: _Course) -> Sentence:
    """Where communities differ, what one of them thinks is disputed, and given with that side's share of the evidence."""
    shares = perspectives.shares(course.voices)
    cited = next(piece for piece in course.pieces if piece.post.id == sentence.citations[0])
    share = shares.get(cited.post.community)
    if share is None:
        return sentence
    reason = f"an opinion; {share:.0%} of the independent evidence is of this side"
    return sentence.model_copy(
        update={"verdict": "disputed", "confidence": round(share, 4), "reason": reason}
    )


def with_context(piece: Piece) -> str:
    """The passage with the sentences after it, then before it, as far as they fit: "It reopens in June" needs them."""
    text, start, end = piece.post.text, piece.passage.start, piece.passage.end
    if end - start < LONGEST:
        end = min(len(text), start + LONGEST)
        cut = max(text.rfind(mark, start, end) for mark in (". ", "! ", "\n", "。", "！"))
        end = max(piece.passage.end, cut + 1) if end < len(text) else end
    return text[start:end]


def _corrections(pieces: Sequence[Piece]) -> list[tuple[Piece, Passage]]:
    """Where pieces are corrected, the sentences that correct them: that is then the answer, or its first part."""
    return [
        (piece, next((one for one in (piece.passage, *piece.others) if is_denial(one.text)), piece.passage))
        for piece in pieces
        if piece.correcting
    ]


def _quotable(pieces: Sequence[Piece], voices: Mapping[str, int]) -> list[tuple[Piece, Passage]]:
    """Passages that answer, the best of every piece first, then each one's others, by their probability.

    Where there are sides, each one's best, in turn: to have a voice there is enough.
    """
    firsts = [(piece, piece.passage) for piece in pieces]
    sides = perspectives.shares(voices)
    if sides:
        firsts = [pair for pair in firsts if pair[0].post.community in sides]
        return [pair for pair in firsts if evidence_.answering(pair[1])]
    others = sorted(
        ((piece, passage) for piece in pieces for passage in piece.others),
        key=lambda pair: -pair[1].probability,
    )
    return [pair for pair in [*firsts, *others] if evidence_.answering(pair[1])]


def _repeats(text: str, shown: str, language: str) -> bool:
    words = {stem for stem, _ in stem_words(text, language)}
    other = {stem for stem, _ in stem_words(shown, language)}
    if not words or negates(text) != negates(shown):
        return False
    return len(words & other) >= _SAME * min(len(words), len(other) or 1)


def _note_stances(course: _Course, checked: Checked) -> None:
    """How each piece stands to the answer: as it does to the first shown sentence on which it takes a side."""
    stance: EvidenceStance
    for index, stance in enumerate(checked.stances):
        if course.stances[index] == "neutral":
            course.stances[index] = stance.stance
