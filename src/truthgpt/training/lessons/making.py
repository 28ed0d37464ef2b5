"""The corpus goes in; out come lessons for supervised fine-tuning, made of it alone, a line of JSON each (`lesson_file`).

    cited      a question, numbered passages, and the sentence that answers with the number of the passage that carries it
    not said   the same question without that passage: the answer is that the posts do not say
    chat       posts of a thread as turns, each reply an answer to the post before it

Questions come from titles that ask what the post itself or a reply answers, and by closed rules from statements that stand
alone (`questions`). Prompts are those of the answer path, passages those that it finds (`answer.evidence`), and an answer is
kept where the answer path's verifier says that the passage carries it. The same posts, options and seed give the same lessons.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from truthgpt.answer import evidence as evidence_
from truthgpt.answer import phrases, prompt
from truthgpt.answer import question as question_
from truthgpt.answer.coverage import Encoder
from truthgpt.answer.evidence import Find, Piece
from truthgpt.answer.pipeline import IN_PROMPT, with_context
from truthgpt.answer.question import Question
from truthgpt.corpus.fold import plain as fold
from truthgpt.corpus.key import key
from truthgpt.corpus.post import Post
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.language import vocabulary
from truthgpt.language.engine import Engine, Message
from truthgpt.language.prompt import Neutraliser
from truthgpt.search.embedding import Embedding
from truthgpt.search.encoders.protocol import Encoder as SearchEncoder
from truthgpt.search.searcher import Hit, Searcher
from truthgpt.training.data import threads
from truthgpt.training.data.trainable import TrainablePosts, TrainingPost
from truthgpt.training.lessons import lesson_file, origin, questions, statements
from truthgpt.training.lessons.counting import Counting
from truthgpt.training.lessons.lesson_file import Lesson
from truthgpt.training.lessons.statements import Asked
from truthgpt.truth.rules import RuleVerifier
from truthgpt.truth.verifier import Verifier

CITED, NOT_SAID, CHAT = "cited", "not said", "chat"


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is to be made.

    `most` lessons with a cited answer at the most (0: none are made), and as many of chat as `chat` says (0 to 1) of that
    number. `not_said` is the share (0 to 1) of the questions that are asked once more without the passage that answers.
    `tokenizer` is a folder with `tokenizer.json` that counts tokens, so that prompts fit `context` tokens; without it two
    bytes count as one, more than any trained tokenizer makes. `validation` and `validation_documents` are those of pretraining
    (`mixture.Data`): what it holds back for measuring teaches nothing here either. `a_post` questions are made of one post at the most. `seed`
    fixes the order of passages and which questions are asked twice.
    """

    most: int = 5_000
    chat: float = 1.0
    not_said: float = 0.5
    a_post: int = 2
    context: int = 2_048
    tokenizer: Path | None = None
    validation: float = 0.01
    validation_documents: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if self.most < 0 or self.a_post < 1:
            raise BadInputError("lessons: `most` must be 0 or more and `a_post` 1 or more")
        if not 0 <= self.validation <= 0.5:
            raise BadInputError("lessons: `validation` is a share, from 0 to 0.5")
        if not 0 <= self.not_said <= 1 or not 0 <= self.chat <= 1:
            raise BadInputError("lessons: `not_said` and `chat` are shares, from 0 to 1")


@dataclass(slots=True)
class Counts:
    """What was made: `kinds` and `languages` of lessons; `posts` read, `questions` made of them, what
    the answered ones `asked` for (`answer.kinds`, "about" a topic), and of those that gave no
    lesson how many were `left_out` for which reason; `seconds` that it took."""

    posts: int = 0
    questions: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def lessons(self) -> int:
        return self.kinds.total()

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it; `dataclasses.asdict` would count what a counter has counted."""
        counted = {name: getattr(self, name) for name in self.__slots__}
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in counted.items()}


_MAY_ANSWER = 0.2
"""Probability from which a passage that holds what is asked for may be the answer, and is no distractor."""
NOT_FOUND = "the answer path does not find the passage"
NOT_CARRIED = "the verifier does not find the answer in the passage"
TOO_LONG = "the prompt does not fit the context"


def build(
    store: Store,
    out: Path,
    options: Lessons,
    *,
    posts: Iterable[TrainingPost] | None = None,
    encoder: SearchEncoder | None = None,
    report: Report = unheard,
) -> Counts:
    """Write the lessons of the newest version of `store` to the file `out`, which is whole at any moment.

    `posts` may be trained on (None: all of the store that may, without its validation split); they are read twice. `encoder`
    is that of the store's vectors, the one that ships where it is None. Raises `BadInputError` where no lesson can be made of
    the posts, `MissingError` where there is no tokenizer or the disk is full.
    """
    embedding = Embedding.load()
    maker = Maker(
        posts
        if posts is not None
        else TrainablePosts(store, options.validation, options.validation_documents),
        Searcher(store, encoder or embedding).search,
        store.get,
        embedding,
        RuleVerifier(),
        options,
        report,
    )
    before = origin.read(out)

    def used() -> set[int]:
        return {key(id_.encode()) for id_ in maker.used}

    def lessons() -> Iterator[Lesson]:
        yield from _some(maker.lessons())
        # The lessons take the place of those before once this ends. Killed beside that moment, the posts of both are known; or of neither.
        if before is not None:
            origin.write(out, used() | {*before.tolist()})

    lesson_file.write(out, lessons())
    origin.write(out, used())
    return maker.counts


def _some(lessons: Iterator[Lesson]) -> Iterator[Lesson]:
    first = next(lessons, None)
    if first is None:
        raise BadInputError(
            "no lesson can be made of these posts: they hold no question that one of them answers"
        )
    yield first
    yield from lessons


class Maker:
    """Makes the lessons of `posts`, which `find` searches and `get` gives by id; `counts` says what came of it."""

    def __init__(
        self,
        posts: Iterable[TrainingPost],
        find: Find,
        get: Callable[[Sequence[str]], Sequence[Post]],
        encoder: Encoder,
        verifier: Verifier,
        options: Lessons,
        report: Report = unheard,
    ) -> None:
        self.counts = Counts()
        self._posts = posts
        self._search = find
        self._get = get
        self._encoder = encoder
        self._verifier = verifier
        self._options = options
        self._report = report
        self._reader: Engine = Counting(options.context, options.tokenizer)
        self._neutral = Neutraliser(vocabulary.CONTROL)
        self._allowed: frozenset[str] = frozenset()
        self.used: set[str] = set()

    def lessons(self) -> Iterator[Lesson]:
        """The lessons, in the order of the posts; those of chat last."""
        started = time.perf_counter()
        replies: dict[str, str] = {}

        def texts() -> Iterator[str]:
            for post in self._posts:
                replies[post.id] = post.reply_to
                yield post.text

        reading = texts()
        named = questions.names(reading)
        for _ in reading:  # names are told by the first posts; all of them may be evidence
            pass
        self._allowed = frozenset(replies)
        threads_ = threads.Threads(replies)
        for post in self._posts:
            if self.counts.kinds[CITED] >= self._options.most:
                break
            self.counts.posts += 1
            for lesson in self._of(post, named, threads_):
                yield self._counted(lesson, post.language)
            if self.counts.posts % 256 == 0:
                self._report("lessons", self.counts.kinds[CITED], self._options.most, "lessons")
            self.counts.seconds = time.perf_counter() - started
        for lesson, language in self._chats(threads_):
            yield self._counted(lesson, language)
        self.counts.seconds = time.perf_counter() - started
        self._report("lessons", self.counts.lessons, self.counts.lessons, "lessons")

    def _counted(self, lesson: Lesson, language: str) -> Lesson:
        self.counts.kinds[lesson.kind] += 1
        self.counts.languages[language or "?"] += 1
        turns = tuple(replace(turn, content=self._neutral(turn.content)) for turn in lesson.messages)
        return replace(lesson, messages=turns)

    def _of(self, post: TrainingPost, named: frozenset[str], threads_: threads.Threads) -> Iterator[Lesson]:
        made = 0
        dice = random.Random(f"{self._options.seed} {post.id}")
        for asked in statements.asked(post, named, dice):
            if made == self._options.a_post:
                return
            lessons = self._about(post, asked, threads_)
            made += bool(lessons)
            yield from lessons

    def _about(self, post: TrainingPost, asked: Asked, threads_: threads.Threads) -> list[Lesson]:
        """The lessons of one question: none where its answer is not certain."""
        self.counts.questions += 1
        question = question_.read(asked.question, post.language)
        pieces = evidence_.gather(question, self._allowed_hits, self._encoder).pieces
        found = self._carrier(question, post, asked, pieces, threads_)
        if found is None and asked.answer:
            found = self._carrier(question, post, asked, self._alone(question, post, asked), threads_)
        if found is None:
            self.counts.left_out[NOT_FOUND] += 1
            return []
        piece, answer = found
        passage = " ".join(with_context(piece).split())
        if self._verifier.judge(answer, [passage]).verdict != "supported":
            self.counts.left_out[NOT_CARRIED] += 1
            return []
        dice = random.Random(f"{self._options.seed} {post.id} {asked.question}")
        beside = self._others(piece, pieces, question, answer, asked.topic)
        others = list(beside.values())
        lessons = self._cited(asked.question, answer, passage, others, dice)
        if not lessons:
            self.counts.left_out[TOO_LONG] += 1
            return []
        self.used |= {post.id, piece.post.id, *beside}
        self.counts.asked["about" if asked.topic else question.expects or "anything"] += 1
        if others and dice.random() < self._options.not_said:
            lessons += self._not_said(question, others, dice)
        return lessons

    def _carrier(
        self,
        question: Question,
        post: TrainingPost,
        asked: Asked,
        pieces: Sequence[Piece],
        threads_: threads.Threads,
    ) -> tuple[Piece, str] | None:
        """The piece that answers, and the answer."""
        own = {post.id} if asked.answer else {post.id, *threads_.replies_to(post.id)}
        for piece in pieces:
            if piece.post.id not in own:
                continue
            for passage in (piece.passage, *piece.others):
                if asked.answer and asked.sentence in passage.text:
                    return replace(piece, passage=passage), asked.answer
                if (
                    not asked.answer
                    and evidence_.answering(passage)
                    and statements.answers(passage, question)
                ):
                    return replace(piece, passage=passage), passage.text
        return None

    def _alone(self, question: Question, post: TrainingPost, asked: Asked) -> list[Piece]:
        """The passages of a post that the question does not bring among the first, since others speak of the same."""
        own = [hit for hit in self._allowed_hits(asked.sentence, evidence_.KEPT) if hit.post.id == post.id]
        return evidence_.gather(question, lambda _, __: own, self._encoder).pieces if own else []

    def _others(
        self, piece: Piece, pieces: Sequence[Piece], question: Question, answer: str, topic: str
    ) -> dict[str, str]:
        """Passages to stand beside `piece`, by post: what the question finds, and where that is too little, what the answer finds."""
        found = {piece.post.id: ""}

        def take(candidates: Sequence[Piece]) -> None:
            for other in candidates:
                if other.post.id not in found and self._beside(other, question, answer, topic):
                    found[other.post.id] = " ".join(with_context(other).split())

        take(pieces)
        if len(found) < IN_PROMPT:
            like = question_.read(answer, question.language)
            take(evidence_.gather(like, self._allowed_hits, self._encoder).pieces)
        return dict([(id_, passage) for id_, passage in found.items() if passage][:IN_PROMPT])

    def _beside(self, piece: Piece, question: Question, answer: str, topic: str) -> bool:
        """Whether a piece may stand beside the one that answers: it answers neither so nor otherwise."""
        if piece.post.language != question.language:
            return False  # what it says is not compared across languages
        passage = with_context(piece)
        # What is said of a thing answers what is said of it; any other question has an answer of a kind.
        if (
            any(word in fold(passage) for word in _words(topic))
            if topic
            else evidence_.answering(piece.passage)
        ):
            return False
        return self._verifier.judge(answer, [passage]).verdict == "not enough evidence"

    def _cited(
        self, question: str, answer: str, passage: str, others: Sequence[str], dice: random.Random
    ) -> list[Lesson]:
        shown = [*others[: IN_PROMPT - 1]]
        while True:
            passages = list(shown)
            place = dice.randint(0, len(passages))
            passages.insert(place, passage)
            if turns := self._asked(question, passages):
                said = Message("assistant", cited(answer, place + 1))
                return [Lesson((*turns, said), CITED, len(turns))]
            if not shown:
                return []
            shown.pop()

    def _not_said(self, question: Question, others: Sequence[str], dice: random.Random) -> list[Lesson]:
        passages = dice.sample(list(others), len(others))
        turns = self._asked(question.text, passages)
        said = Message("assistant", phrases.not_said(question.language))
        return [Lesson((*turns, said), NOT_SAID, len(turns))] if turns else []

    def _asked(self, question: str, passages: Sequence[str]) -> list[Message]:
        """The answer path's prompt, none where not all of `passages` fit it."""
        turns = prompt.messages(question, passages, self._reader)
        return turns if turns and f"[{len(passages)}] {passages[-1]}" in turns[-1].content else []

    def _allowed_hits(self, text: str, limit: int) -> list[Hit]:
        return [hit for hit in self._search(text, limit) if hit.post.id in self._allowed]

    def _chats(self, threads_: threads.Threads) -> Iterator[tuple[Lesson, str]]:
        most = int(self._options.most * self._options.chat)
        for path in threads_.exchanges():
            if self.counts.kinds[CHAT] >= most:
                return
            posts = {post.id: post for post in self._get(path)}
            turns = (
                threads.turns([posts[id_] for id_ in path if id_ in posts]) if len(posts) == len(path) else []
            )
            if (
                turns
                and sum(self._reader.count_tokens(turn.content) + 8 for turn in turns)
                <= self._options.context
            ):
                self.used |= {*path}
                yield Lesson(tuple(turns), CHAT, len(turns) - 1), posts[path[-1]].language


def _words(topic: str) -> list[str]:
    """The words by which a text shows that it speaks of `topic`."""
    return [word for word in fold(topic).split() if word not in ("the", "o", "a", "os", "as")]


def cited(answer: str, number: int) -> str:
    """`answer` with the mark that cites passage `number`, before its full stop as in the prompt's examples."""
    text = answer.rstrip()
    stop = text[-1:] if text[-1:] in (".", "。", "!", "！") else ""
    end = stop or ("。" if text[-1:] >= "\u3400" else ".")
    body = text[: len(text) - len(stop)].rstrip()
    return f"{body}[{number}]{end}" if end in "。！" else f"{body} [{number}]{end}"
