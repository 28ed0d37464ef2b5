"""What is inspected: one model, alone and within the assistant, over a corpus that is the same in every inspection.

A reply is a JSON object with `text`, and what else the part that was asked has to tell. The corpus is that of the demo posts,
made anew in a temporary folder, so that two inspections can be compared and nobody's posts are touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import orjson

from truthgpt.answer.assistant import Assistant
from truthgpt.answer.passages import READ
from truthgpt.answer.schema import Answer, AnswerEvent
from truthgpt.corpus import demo
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.provenance import versions
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import gguf
from truthgpt.language.engine import Engine, Message, Sampling
from truthgpt.language.models import list_models, load_engine
from truthgpt.law import decide
from truthgpt.oversight.inspection import items, leakage
from truthgpt.search.embedding import Embedding
from truthgpt.settings import QUOTES_ONLY, Settings
from truthgpt.training.models import card

Kind = Literal["chat", "answers", "planted", "drafts", "law", "likelihood", "exposure", "card"]
"""Which part is asked: the model alone; the assistant; the assistant among posts that give orders; its checks on a sentence
that is put into the model's mouth; the law; the model's chances of a text; of a canary; the model's card."""

OVER_POSTS: Final = frozenset({"answers", "planted", "drafts"})
"""The kinds that answer from posts."""

Reply = dict[str, Any]

DRAFT: Final = "\n\n=> "
"""In a prompt of `drafts`, what stands between the question and the sentence."""
_SAMPLED: Final = 1_023
"""Strings of a canary's space by which it is ranked: ten bits can be told."""
_POSTS: Final = 5_000
"""Posts among which those are drawn that a model is asked to go on with."""


class Subject:
    """The model that `settings` names, ready to be asked. Use it in a `with` statement.

    `engine` stands in for the model in tests. `seed` draws the strings that canaries are ranked among.
    """

    def __init__(
        self,
        settings: Settings,
        jurisdiction: str,
        seed: int,
        engine: Callable[[], Engine | None] | None = None,
    ) -> None:
        self._settings = settings
        self._jurisdiction = jurisdiction
        self._seed = seed
        self._load = engine
        self._resources = ExitStack()

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @cached_property
    def engine(self) -> Engine | None:
        """The model; None with `none`. Raises what loading it raises."""
        if self._load is not None:
            return self._load()
        found = self._settings
        return load_engine(found.model, found.models, api_key=found.model_api_key)

    @cached_property
    def file(self) -> Path | None:
        """The model's file, None where it is an address or `none`. Raises `MissingError` where it is not on this machine."""
        named = self._settings.model
        if named == QUOTES_ONLY or named.startswith(("http://", "https://")) or self._load is not None:
            return None
        if named.endswith(".gguf"):
            path: Path | None = Path(named).expanduser().absolute()
        else:
            known = list_models(self._settings.models)
            path = next((one.path for one in known if one.name == named), None)
        if path is None or not path.is_file():
            raise MissingError(
                f"model {named[:80]} is not on this machine; run `truthgpt model pull {named[:80]}`"
            )
        return path

    def absent(self, kind: Kind) -> str:
        """Why `kind` cannot be asked of this model; empty where it can."""
        if kind == "chat" and self._settings.model == QUOTES_ONLY:
            return "there is no language model to ask: answers are quotations"
        if kind in ("likelihood", "exposure"):
            try:
                self._causal  # noqa: B018 - loaded to see whether it can be
            except (MissingError, BadInputError) as error:
                return str(error)
        if kind == "card" and self.flop is None:
            return "unknown: no card says how much the model was trained, nor does TRUTHGPT_MODEL_FLOP"
        return ""

    def reply(self, kind: Kind, prompt: str, tokens: int) -> Reply:
        """What `kind` replies to `prompt`, with `tokens` at the most where a model writes; the same each time."""
        match kind:
            case "chat":
                return {"text": self._chat(prompt, tokens)}
            case "answers":
                return _told(_answer(self._assistant, prompt, self._jurisdiction))
            case "planted":
                return _told(_answer(self._planted, prompt, self._jurisdiction))
            case "drafts":
                question, _, sentence = prompt.rpartition(DRAFT)
                self._script.sentence = sentence
                return _told(_answer(self._drafting, question, self._jurisdiction))
            case "law":
                ruling = decide(prompt, self._jurisdiction)
                return {"text": ruling.decision, "rule": ruling.rule, "statute": ruling.statute}
            case "likelihood":
                ((bits, octets),) = self._bits([prompt])
                return {"text": f"{bits:.2f} bits", "bits": bits, "bytes": octets}
            case "exposure":
                return self._exposure(prompt)
            case "card":
                return {"text": f"{self.flop:.4g} FLOP", "flop": self.flop, "line": self.flop_line}

    @cached_property
    def corpus_hash(self) -> str:
        """The content hash of the posts that the assistant answers from."""
        store = self._assistant.store
        found = versions.newest(store.path, store.version)
        return found.content_hash if found is not None else ""

    def posts(self) -> list[str]:
        """Texts that the model may have been trained on: the latest posts of its own data folder, else the demo's."""
        if self._settings.corpus.exists():
            with Assistant.open(replace(self._settings, model=QUOTES_ONLY)) as own:
                view = own.store.view()
                rows = view.latest("", _POSTS)
                if rows:
                    return [str(text) for text in view.take(rows, ["text"])["text"].to_pylist()]
        return [post.text for post in demo.load()]

    def _chat(self, prompt: str, tokens: int) -> str:
        engine = self.engine
        if engine is None:
            raise MissingError("there is no language model to ask")
        sampling = Sampling(max_tokens=tokens)
        return "".join(engine.stream([Message("user", prompt)], sampling)).strip()

    @cached_property
    def _assistant(self) -> Assistant:
        return self._open(self._plain, self.engine)

    @cached_property
    def _planted(self) -> Assistant:
        planted = [
            Post(id=f"planted:{row['id']}", text=row["post"], community="planted", author="nobody")
            for row in items.prompts()["injection"]
        ]
        return self._open(self._folder(planted), self.engine)

    @cached_property
    def _script(self) -> _Script:
        return _Script()

    @cached_property
    def _drafting(self) -> Assistant:
        return self._open(self._plain, self._script)

    @cached_property
    def _plain(self) -> Path:
        return self._folder([])

    def _folder(self, planted: Sequence[Post]) -> Path:
        """A data folder of the demo posts and `planted`."""
        folder = Path(self._resources.enter_context(TemporaryDirectory(prefix="truthgpt-inspection-")))
        with Assistant.open(self._within(folder), create=True) as opened:
            opened.import_demo()
            if planted:
                import_posts(opened.store, planted, embed=Embedding.load().encode)
        return folder

    def _open(self, folder: Path, engine: Engine | None) -> Assistant:
        """An assistant over `folder` whose drafts `engine` writes: one model in memory, whoever asks it."""
        opened = self._resources.enter_context(Assistant.open(self._within(folder)))
        opened.__dict__["engine"] = engine
        return opened

    def _within(self, folder: Path) -> Settings:
        return replace(self._settings, data=folder, model=QUOTES_ONLY, database_url="", encoder="")

    @cached_property
    def flop(self) -> float | None:
        """Floating-point operations of the model's training, as its card or the settings say, whichever is more."""
        text = "" if self.file is None else gguf.read(self.file).text(gguf.CARD)
        said = card.parsed(text, str(self.file)).get("flop") if text else None
        known = [
            float(flop)
            for flop in (said, self._settings.model_flop)
            if isinstance(flop, int | float) and flop
        ]
        return max(known, default=None)

    @property
    def flop_line(self) -> float:
        """The training compute above which a model starts paused."""
        return self._settings.flop_line

    @cached_property
    def _causal(self) -> Any:
        if self.file is None:
            raise MissingError("the model tells no chances: it is no file on this machine")
        try:
            from truthgpt.training.models import causal
        except ImportError:
            raise MissingError(
                "the model's chances are read with PyTorch: pip install 'truthgpt[train]'"
            ) from None
        return causal.load(self.file)

    def _bits(self, texts: Sequence[str]) -> list[tuple[float, int]]:
        """Bits of each of `texts`, which differ, and its bytes in UTF-8."""
        from truthgpt.training.models.evaluation import Text, bits_per_byte

        model, tokenizer, begin = self._causal
        named = [Text(text, community=str(place)) for place, text in enumerate(texts)]
        found = bits_per_byte(model, tokenizer, named, begin).communities
        scores = [found[str(place)] for place in range(len(texts))]
        return [(score.bits_per_byte * score.bytes, score.bytes) for score in scores]

    def _exposure(self, prompt: str) -> Reply:
        asked = orjson.loads(prompt)
        # A drawn string may be the canary itself: it is no other, then.
        drawn = [
            one for one in leakage.others(asked["place"], _SAMPLED, self._seed) if one != asked["canary"]
        ]
        (planted, _), *sampled = self._bits([asked["canary"], *dict.fromkeys(drawn)])
        bits = leakage.exposure(planted, [other for other, _ in sampled])
        return {"text": f"{bits:.2f} bits", "exposure": bits, "planted": planted}


class _Script:
    """An engine that says one sentence, whatever it is asked."""

    name = "script"
    context = 4_096
    sentence = ""

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        yield self.sentence

    def count_tokens(self, text: str) -> int:
        return len(text.encode())


def _answer(assistant: Assistant, question: str, jurisdiction: str) -> Answer:
    *_, last = assistant.ask(question, jurisdiction=jurisdiction)
    assert isinstance(last, AnswerEvent)
    return last.answer


def _told(answer: Answer) -> Reply:
    """An answer without what changes from run to run, and of each post only what a checker reads."""
    kept = {"text", "citations", "verdict", "confidence", "quoted"}
    return {
        "text": " ".join(sentence.text for sentence in answer.sentences),
        "decision": answer.decision.model_dump(),
        "sentences": [sentence.model_dump(include=kept) for sentence in answer.sentences],
        "struck": [sentence.model_dump(include=kept) for sentence in answer.struck],
        "perspectives": {side.label: side.share for side in answer.perspectives},
        "evidence": [{"id": piece.id, "text": piece.text[:READ]} for piece in answer.evidence],
    }
