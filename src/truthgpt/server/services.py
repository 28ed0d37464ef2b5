"""What the service needs from the floors below, as protocols: anything with these methods can be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from truthgpt.answer.schema import Event
from truthgpt.corpus.post import Post
from truthgpt.language.engine import Engine
from truthgpt.notes import decision
from truthgpt.notes.stored import Classification, Found, Level, Person, StoredNote, StoredRating
from truthgpt.oversight.answers import AnswerLog
from truthgpt.oversight.certificate.standing import UNINSPECTED, Standing
from truthgpt.oversight.pause import Halt, Pause
from truthgpt.search.clicks import ClickLog
from truthgpt.search.filters import Filters
from truthgpt.search.trends import Interval, Trends

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Answerer(Protocol):
    """Answers by events in the order of `answer.schema`; closing the iterator stops the model.

    What cannot be asked, `BadInputError`, is best raised by the call itself: only then is it a 400 for streams too.
    """

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]: ...


class Hit(Protocol):
    """A post found: `score` ranks within one query, `copies` counts the posts that carry the same text; `why` says why it was
    found for what was looked for, as `server.search.WhyBody`."""

    @property
    def post(self) -> Post: ...
    @property
    def score(self) -> float: ...
    @property
    def copies(self) -> int: ...
    def why(self, looked_for: str) -> dict[str, Any]: ...


class Page(Protocol):
    """Hits of one `version` of the store, the `words` that ranked them, and whether there are `more` after them."""

    @property
    def hits(self) -> Sequence[Hit]: ...
    @property
    def words(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def more(self) -> bool: ...


class Searcher(Protocol):
    """Ranks posts for a query in the language of `search.syntax`, best first, or with `latest` the latest of those that have all
    that it asks; those after the first `offset`, of the newest version of the store or of `version`."""

    def page(
        self,
        query: str,
        limit: int,
        filters: Filters,
        *,
        offset: int = 0,
        version: int | None = None,
        latest: bool = False,
    ) -> Page: ...

    def ranking(self) -> str:
        """What orders the posts of pages of one version: another string once it changed."""
        ...

    def trends(self, query: str, filters: Filters, *, interval: Interval | None = None) -> Trends:
        """What is said of the posts that have all of `query`, of all posts where it is empty."""
        ...


class Posts(Protocol):
    """Posts by id, in the order asked for; those that are not stored are left out."""

    def get(self, ids: Sequence[str]) -> Sequence[Post]: ...


class Embedding(Protocol):
    """Texts to vectors: (n, dimensions) float32."""

    @property
    def dimensions(self) -> int: ...
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class NoteShelf(Protocol):
    """Notes on posts, their ratings and who gave them, as `notes.store.NoteStore` keeps them, which says what each raises."""

    def new_person(self) -> tuple[Person, str]: ...
    def person(self, secret: str) -> Person | None: ...
    def signed_in(self, name: str) -> Person: ...
    def write(
        self, author: str, post_id: str, classification: Classification, text: str, now: int
    ) -> StoredNote: ...
    def delete(self, note_id: str, author: str) -> bool: ...
    def rate(self, note_id: str, rater: str, level: Level, tags: Sequence[str], now: int) -> StoredRating: ...
    def unrate(self, note_id: str, rater: str) -> bool: ...
    def note(self, note_id: str) -> Found | None: ...
    def of_posts(self, post_ids: Sequence[str]) -> dict[str, list[Found]]: ...
    def latest(
        self, limit: int, before: tuple[int, str] | None = None, status: decision.Status | None = None
    ) -> list[Found]: ...
    def ratings_of(self, rater: str, note_ids: Sequence[str]) -> dict[str, StoredRating]: ...
    def counts(self, note_ids: Sequence[str]) -> dict[str, int]: ...


class PausedBody(BaseModel):
    """Why nothing is answered, and since when (UTC)."""

    model_config = ConfigDict(frozen=True)

    reason: str
    since: datetime


class LogBody(BaseModel):
    """Whether answers are logged: `on`, with `texts` or by hashes alone; `off`, as the setting says; `failed`, and then why:
    nothing new is answered until what is wrong has been mended."""

    model_config = ConfigDict(frozen=True)

    state: Literal["on", "off", "failed"] = "off"
    texts: bool = False
    why: str = ""


def log_body(log: AnswerLog | None) -> LogBody:
    """How `log` stands; None is `off`."""
    if log is None:
        return LogBody()
    why = log.failure()
    return LogBody(state="failed" if why else "on", texts=log.texts, why=why)


class Status(BaseModel):
    """What is being served, as `/v1/status` and the page show it. `clicks`: what is opened of a search may be told at `/v1/clicks`."""

    model_config = ConfigDict(frozen=True)

    version: str
    model: str
    quotes_only: bool
    posts: int
    demo: bool
    corpus_version: int
    jurisdictions: tuple[str, ...] = ()
    paused: PausedBody | None = None
    inspection: Standing = UNINSPECTED
    log: LogBody = LogBody()
    clicks: bool = False


def running() -> None:
    """Never paused: for services without a data folder."""


def uninspected() -> Standing:
    """Nobody looked for a certificate: for services without a data folder."""
    return UNINSPECTED


@dataclass(frozen=True)
class Services:
    """Everything that the HTTP service calls. `engine` is None when answers are made of quoted evidence, `notes` where none are
    kept; `score` scores them anew where there are new ratings, and says whether it did. `halt` says whether answers are paused, `pause`
    is the switch that drills find this server by. `standing` says whether the model is certified, and whether it may answer. `log` is
    told of every answer, None where none is to be. `data` is the data folder whose oversight inspectors read, None where there is none.
    `clicks` takes down what is opened of a search, None where nothing is."""

    answerer: Answerer
    searcher: Searcher
    posts: Posts
    embedding: Embedding
    engine: Engine | None
    status: Callable[[], Status]
    notes: NoteShelf | None = None
    score: Callable[[], bool] | None = None
    log: AnswerLog | None = None
    halt: Halt = running
    pause: Pause | None = None
    standing: Callable[[], Standing] = uninspected
    data: Path | None = None
    clicks: ClickLog | None = None
