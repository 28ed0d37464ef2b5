"""One data folder, opened: its corpus, search, model and answers, behind one object for the command line and the server."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from truthgpt.answer.evidence import Standing
from truthgpt.answer.pipeline import Answerer
from truthgpt.answer.schema import Event
from truthgpt.corpus import demo
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.store import Store
from truthgpt.errors import BusyError, MissingError
from truthgpt.language.engine import Engine
from truthgpt.language.models import list_models, load_engine
from truthgpt.law import own
from truthgpt.notes.decision import HELPFUL
from truthgpt.search import encoders
from truthgpt.search.embedding import Embedding
from truthgpt.search.encoders import Encoder
from truthgpt.search.own import OwnRanker
from truthgpt.search.searcher import Searcher
from truthgpt.settings import DEFAULT_MODEL, QUOTES_ONLY, Settings
from truthgpt.truth.rules import RuleVerifier
from truthgpt.truth.verifier import Verifier

if TYPE_CHECKING:
    from truthgpt.corpus.importer import ImportResult, Runner
    from truthgpt.notes.store import NoteStore


class Assistant:
    """The parts of one data folder. Close it, or use it in a `with` statement.

    The model is loaded when the first draft needs it, or by `engine`. Reading needs no lock, so that any number of
    these may be open beside one that imports; `serving=True` takes the folder's server lock, which one process can hold.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        embedding: Embedding,
        encoder: Encoder,
        verifier: Verifier,
        resources: ExitStack,
        serving: bool = False,
    ) -> None:
        self._settings = settings
        self._serving = serving
        self._resources = resources
        self.store = store
        self.embedding = embedding
        self.searcher = Searcher(store, encoder, OwnRanker(settings.ranker).trees)
        self._encode = encoder.encode
        self.answerer = Answerer(
            self.searcher,
            self.embedding,
            verifier,
            lambda: self.engine,
            lambda: store.version,
            self.standing,
        )

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        create: bool = False,
        serving: bool = False,
        verifier: Verifier | None = None,
    ) -> Assistant:
        """Open the data folder of `settings`, made when `create`; `verifier` checks answers, else `RuleVerifier`.

        Raises `MissingError` when there is no corpus yet and not `create`, `BusyError` when `serving` and another
        server holds the folder, `BadInputError` for a faulty pack of law of one's own.
        """
        own.use(settings.law)
        if not create and not settings.corpus.exists():
            raise MissingError(
                f"no posts in {settings.data} yet; `truthgpt import PATH` brings yours in, `truthgpt import --demo` the demo"
            )
        resources = ExitStack()
        try:
            if serving:
                resources.enter_context(_ServerLock(settings.data))
            embedding = Embedding.load()
            encoder = encoders.load(settings.encoder, embedding)
            store = Store.open(settings.corpus, encoder.dimensions, create=create, vectors=encoder.identity)
            return cls(settings, store, embedding, encoder, verifier or RuleVerifier(), resources, serving)
        except BaseException:
            resources.close()
            raise

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @cached_property
    def engine(self) -> Engine | None:
        """The language model, loaded on first use; None with `none`, or when nobody chose one and the default is absent."""
        if self.no_engine and not self._settings.model_chosen:
            return None
        return load_engine(self._settings.model, self._settings.models, api_key=self._settings.model_api_key)

    @property
    def no_engine(self) -> str:
        """Why there is no language model, and what to do; empty where there is one."""
        model = self._settings.model
        if model == QUOTES_ONLY:
            return "no language model was chosen"
        known = {found.name: found.here for found in list_models(self._settings.models)}
        if known.get(model, model != DEFAULT_MODEL):
            return ""
        return f"the model {model} is not on this machine: `truthgpt model pull`, with the same --data, fetches it"

    @cached_property
    def notes(self) -> NoteStore | None:
        """The notes on the posts; None where nobody has written one in this data folder yet, and this one only reads."""
        if not self._serving and not self._settings.has_database:
            return None
        from truthgpt.database import open_database  # brings SQLAlchemy, which few answers need
        from truthgpt.notes.store import NoteStore

        engine = open_database(self._settings.database)
        self._resources.callback(engine.dispose)
        return NoteStore(engine)

    def standing(self, post_ids: Sequence[str]) -> Mapping[str, Sequence[Standing]]:
        """The notes that stand with these posts, by post."""
        if self.notes is None:
            return {}
        return {
            post: [
                (note, decided)
                for note, decided in found
                if decided is not None and decided.status == HELPFUL
            ]
            for post, found in self.notes.of_posts(post_ids).items()
        }

    def forget_notes(self) -> int:
        """Removes the notes on posts that are no longer stored, and says how many they were."""
        if self.notes is None:
            return 0
        noted = self.notes.posts()
        stored = {post.id for post in self.store.get(noted)}
        return self.notes.forget_posts([post for post in noted if post not in stored])

    def ask(self, question: str, *, jurisdiction: str | None = None) -> Iterator[Event]:
        """See `Answerer.ask`."""
        return self.answerer.ask(question, jurisdiction=jurisdiction)

    def count(self) -> int:
        """Posts in the corpus."""
        return self.store.count()

    def is_demo(self) -> bool:
        """Whether the corpus holds the demo posts."""
        return self.store.count_source(demo.SOURCE) > 0

    @property
    def demo_posts(self) -> int:
        """How many posts of the demo are stored."""
        return self.store.count_source(demo.SOURCE)

    def import_demo(self) -> ImportResult:
        """Bring in the demo posts."""
        from truthgpt.corpus.importer import import_posts  # brings Daft, which answering does without

        return import_posts(self.store, demo.load(), embed=self._encode)

    def import_paths(
        self,
        paths: Sequence[Path],
        *,
        format: str | None = None,  # noqa: A002 - the command line's word
        community: str | None = None,
        mapping: Mapping[str, str] | None = None,
        runner: Runner = "embedded",
        report: Report = unheard,
    ) -> ImportResult:
        """Bring in exports; once own posts are there, the demo posts go. Notes on posts that go with it, go too."""
        from truthgpt.corpus.importer import import_paths  # as above

        done = import_paths(
            self.store,
            paths,
            embed=self._encode,
            quarantine=self._settings.quarantine,
            format=format,
            community=community,
            mapping=mapping,
            runner=runner,
            instead_of=demo.SOURCE,
            report=report,
        )
        self.forget_notes()
        return done

    def follow(
        self,
        paths: Sequence[Path],
        stopped: threading.Event,
        *,
        format: str | None = None,  # noqa: A002 - as above
        community: str | None = None,
        mapping: Mapping[str, str] | None = None,
        settled: Callable[[ImportResult], None],
        report: Report = unheard,
    ) -> ImportResult:
        """Bring in what is written to `paths`, as it comes, until `stopped`; once own posts are there, the demo posts go."""
        from truthgpt.corpus.following import follow  # as above

        done = follow(
            self.store,
            paths,
            stopped,
            embed=self._encode,
            quarantine=self._settings.quarantine,
            format=format,
            mapping=mapping,
            community=community,
            instead_of=demo.SOURCE,
            settled=settled,
            report=report,
        )
        self.forget_notes()
        return done


class _ServerLock:
    """Held by the one server of a data folder; the system frees it when the process ends, however it ends."""

    def __init__(self, data: Path) -> None:
        self._path = data / "server.lock"
        self._data = data
        self._file: int | None = None

    def __enter__(self) -> _ServerLock:
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MissingError(
                f"cannot write to {self._data}: {error.strerror}; give another folder with --data"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            raise BusyError(
                f"another server uses {self._data}; stop it, or give this one another folder with --data"
            ) from error
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
