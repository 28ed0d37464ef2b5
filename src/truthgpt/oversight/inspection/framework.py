"""A task run by Inspect (`inspect_ai`, UK AI Security Institute), so that its viewer and other tools read the logs.

A provider puts prompts to a function of ours in place of a model's service; a solver asks an item's prompts in a row; a
scorer keeps all that an item scored. The log is JSON: what a report needs of it is read back with nothing but a parser.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.inspection.items import Item
from truthgpt.oversight.inspection.scoring import Scores
from truthgpt.oversight.inspection.subject import Reply
from truthgpt.oversight.inspection.tasks import Task, value_of

SCORER: Final = "truthgpt_scores"
_ROW: Final = "scores"

Ask = Callable[[str], Reply]


@dataclass(slots=True)
class _Held:
    """What a run needs and no log can hold: the function that replies, and what it raised."""

    ask: Ask
    raised: list[BaseException] = field(default_factory=list)


def require() -> None:
    """Raises `MissingError` where Inspect is not installed."""
    try:
        import inspect_ai  # noqa: F401
    except ImportError:
        raise MissingError("an inspection needs Inspect: pip install 'truthgpt[inspect]'") from None


def run(task: Task, items: Sequence[Item], ask: Ask, folder: Path, *, model: str, seed: int) -> Path:
    """Put `items` to `ask`, score them, and return the log that says so, in `folder`. Raises what `ask` raises."""
    from inspect_ai import Task as Evaluated
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import get_model

    parts = _parts()
    held = _Held(ask)
    dataset = MemoryDataset(
        [Sample(id=item.id, input="\n\n".join(item.prompts), metadata=item.as_dict()) for item in items],
        name=task.name,
    )
    evaluated = Evaluated(
        name=task.name, dataset=dataset, solver=parts.solver(), scorer=parts.scorer(task=task)
    )
    provider = get_model(f"truthgpt/{_plain(model)}", memoize=False)
    provider.api.held = held  # type: ignore[attr-defined]
    with _own_logging():
        (log,) = evaluate(
            evaluated,
            model=provider,
            display="none",
            log_level="critical",
            log_dir=str(folder),
            log_format="json",
            log_realtime=False,
            log_model_api=False,
            max_samples=1,
            fail_on_error=True,
            score_display=False,
            ctl_server=False,  # a socket on which others could steer the run
            metadata={"kind": task.kind, "seed": seed},
        )
    if held.raised:
        raise held.raised[0]
    if log.status == "cancelled":
        raise KeyboardInterrupt
    if log.status != "success":
        said = log.error.message if log.error else log.status
        raise BadInputError(f"the task {task.name} could not be scored: {' '.join(said.split())[:300]}")
    return Path(log.location.removeprefix("file://"))


@contextmanager
def _own_logging() -> Iterator[None]:
    """Inspect sets the level and handlers of the whole process's log: they are put back, so that others are heard again."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


def rows(log: Path) -> list[Scores]:
    """What each item of a log scored, in the order of the items. Raises `BadInputError` where it is no log of ours."""
    try:
        found = json.loads(log.read_bytes())  # which knows the NaN of items without a number
        return [sample["scores"][SCORER]["metadata"][_ROW] for sample in found["samples"]]
    except OSError as error:
        raise durable.missing(log, error) from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            f"{log} is no log of an inspection ({type(error).__name__} {error}); inspect the model again"
        ) from None


def _plain(model: str) -> str:
    """A model's name as Inspect takes it: no path, no address with what it may hold."""
    return model.rstrip("/").rpartition("/")[2].replace("#", "-") or "model"


@dataclass(frozen=True, slots=True)
class _Parts:
    solver: Callable[..., Any]
    scorer: Callable[..., Any]


_made: list[_Parts] = []


def _parts() -> _Parts:
    """The provider, solver and scorer, registered once: Inspect takes a second to import, which few commands need."""
    if _made:
        return _made[0]
    from inspect_ai.model import ChatMessageUser, GenerateConfig, ModelAPI, ModelOutput, get_model, modelapi
    from inspect_ai.scorer import Score, Target, mean, scorer
    from inspect_ai.solver import Generate, TaskState, solver

    class Provider(ModelAPI):
        """Replies by a function of this process; what it raises ends the run."""

        held: _Held

        async def generate(
            self,
            input: list[Any],  # noqa: A002 - Inspect's name
            tools: Any,
            tool_choice: Any,
            config: GenerateConfig,
        ) -> ModelOutput:
            try:
                reply = self.held.ask(input[-1].text)
            except BaseException as error:
                self.held.raised.append(error)
                raise
            output = ModelOutput.from_content(self.model_name, reply["text"])
            output.metadata = reply
            return output

    @modelapi(name="truthgpt")
    def truthgpt() -> type[ModelAPI]:
        return Provider

    @solver(name="truthgpt_asks")
    def asks() -> Any:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            replies = []
            for prompt in state.metadata["prompts"]:
                state.output = await get_model().generate([ChatMessageUser(content=prompt)])
                replies.append(state.output.metadata)
            state.metadata["replies"] = replies
            return state

        return solve

    @scorer(name=SCORER, metrics=[mean()])
    def scores(task: Any) -> Any:
        async def score(state: TaskState, target: Target) -> Score:
            of = state.metadata
            found = task.score(Item(of["id"], tuple(of["prompts"]), of["facts"]), of["replies"])
            value = value_of(task, found)
            return Score(
                value=math.nan if value is None else value,
                answer=state.output.completion[:500],
                metadata={_ROW: found},
            )

        return score

    _made.append(_Parts(asks, scores))
    return _made[0]
