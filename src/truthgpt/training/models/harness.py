"""Models of one's own in EleutherAI's `lm-evaluation-harness`, under the name `truthgpt`. Needs the package `lm-eval`.

    from truthgpt.training.models import harness                       # registers the name
    lm_eval.simple_evaluate("truthgpt", model_args="model=FOLDER_OR_FILE.gguf", tasks=["hellaswag"])

`truthgpt model evaluate MODEL --tasks NAME` does so. The harness's own rules hold: how a context and its continuation are cut
into tokens, windows of long texts that share one token, contexts that are too long cut at their beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from lm_eval import simple_evaluate, utils  # type: ignore[import-not-found,import-untyped,unused-ignore]
from lm_eval.api.model import TemplateLM  # type: ignore[import-not-found,import-untyped,unused-ignore]
from lm_eval.api.registry import register_model  # type: ignore[import-not-found,import-untyped,unused-ignore]
from lm_eval.tasks import TaskManager  # type: ignore[import-not-found,import-untyped,unused-ignore]

from truthgpt.errors import BadInputError
from truthgpt.language import hugging_face, vocabulary
from truthgpt.training.models.causal import Causal, load

NAME: Final = "truthgpt"
_TOKENS: Final = 8_192
"""Tokens in a batch."""
_LONGEST: Final = 256
"""Tokens that are generated where a task names no other number."""

Pair = tuple[Any, list[int], list[int]]
"""What was asked (None: nothing by itself), and the tokens of its context and its continuation."""


@register_model(NAME)  # type: ignore[untyped-decorator,unused-ignore]
class TruthGPTModel(TemplateLM):  # type: ignore[misc,unused-ignore]
    """The model at `model`, a folder in Hugging Face's layout or a GGUF file, as the harness asks it.

    `batch_size`, `max_batch_size` and `device` are taken and not needed: batches are of a number of tokens. Raises as
    `causal.load`.
    """

    def __init__(
        self, model: str, batch_size: object = None, max_batch_size: object = None, device: object = None
    ) -> None:
        super().__init__()
        self._path = Path(model)
        self._causal, self._tokenizer, self._begin = load(self._path)

    @property
    def causal(self) -> Causal:
        return self._causal

    @property
    def eot_token_id(self) -> int:
        return self._begin

    @property
    def max_length(self) -> int:
        return self._causal.context

    @property
    def tokenizer_name(self) -> str:
        return self._path.name

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: object) -> list[int]:
        return list(self._tokenizer.encode(string, add_special_tokens=False).ids)

    def chat_template(self, chat_template: bool | str = False) -> str:
        return hugging_face.chat_template(self._path) if self._path.is_dir() else vocabulary.CHAT_TEMPLATE

    def apply_chat_template(
        self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True
    ) -> str:
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # comes with torch

        template = ImmutableSandboxedEnvironment().from_string(self.chat_template())
        return template.render(messages=chat_history, add_generation_prompt=add_generation_prompt)

    def _loglikelihood_tokens(self, requests: Sequence[Pair], **_: object) -> list[tuple[float, bool]]:
        # A context that is too long loses its beginning, as with the harness's own models.
        longest = self.max_length + 1
        work = []
        for place, (_asked, context, continuation) in enumerate(requests):
            tokens = [*context, *continuation][-longest:]
            work.append((len(tokens) - 1, place, tokens, min(len(continuation), len(tokens) - 1)))
        work.sort(reverse=True)
        found: list[tuple[float, bool]] = [(0.0, True)] * len(requests)
        while work:
            count = max(1, _TOKENS // max(1, work[0][0]))
            batch, work = work[:count], work[count:]
            inputs = torch.zeros(len(batch), max(1, batch[0][0]), dtype=torch.long)
            targets = torch.zeros_like(inputs)
            for row, (length, _place, tokens, _counted) in enumerate(batch):
                inputs[row, :length] = torch.tensor(tokens[:-1])
                targets[row, :length] = torch.tensor(tokens[1:])
            chances, best = self._causal.chances(inputs, targets)
            for row, (length, place, _tokens, counted) in enumerate(batch):
                part = slice(length - counted, length)
                found[place] = float(chances[row, part].double().sum()), bool(best[row, part].all())
                if requests[place][0] is not None:  # a window of a text is no request
                    self.cache_hook.add_partial("loglikelihood", requests[place][0], found[place])
        return found

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        found = []
        for request in requests:
            (text,) = request.args
            pairs = utils.get_rolling_token_windows(self.tok_encode(text), self._begin, self.max_length, 1)
            windows = [(None, *utils.make_disjoint_window(pair)) for pair in pairs]
            found.append(sum(chance for chance, _ in self._loglikelihood_tokens(windows)))
            self.cache_hook.add_partial("loglikelihood_rolling", (text,), found[-1])
        return found

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """Greedily, a token at a time and without a cache of keys and values: for tasks with short answers."""
        found = []
        for request in requests:
            context, options = request.args
            if options.get("do_sample") or options.get("temperature"):
                raise BadInputError(f"{NAME} answers greedily; this task wants to draw its answers")
            until = options.get("until") or []
            stop = [until] if isinstance(until, str) else [text for text in until if text]
            count = int(options.get("max_gen_toks", options.get("max_new_tokens", _LONGEST)))
            found.append(self._generated(context, stop, count))
            self.cache_hook.add_partial("generate_until", request.args, found[-1])
        return found

    def _generated(self, context: str, stop: list[str], count: int) -> str:
        # The beginning goes, so that what is made has room.
        room = max(1, self.max_length - count)
        tokens = (self.tok_encode(context) or [self._begin])[-room:]
        ends = {self._begin, self._tokenizer.token_to_id(vocabulary.TURN_END)}
        made: list[int] = []
        text = ""
        for _ in range(count):
            token = self._causal.next([*tokens, *made])
            if token in ends:
                break
            made.append(token)
            text = self._tokenizer.decode(made)
            cut = min((place for word in stop if (place := text.find(word)) >= 0), default=-1)
            if cut >= 0:
                return text[:cut]
        return text


def evaluate(model: Path, tasks: Iterable[str], limit: int | None = None) -> dict[str, dict[str, Any]]:
    """The harness's results by task, measure and filter. A name that ends in `.yaml` is a file that describes a task.

    `limit` takes the first so many items of each. Raises `BadInputError` for a task that nobody knows.
    """
    named = list(tasks)
    files = [task.endswith((".yaml", ".yml")) for task in named]
    manager = TaskManager(include_defaults=not all(files))  # their list takes ten seconds to read
    chosen: list[Any] = []
    for task, is_file in zip(named, files, strict=True):
        if is_file:
            chosen.append(_described(Path(task)))
        elif task in manager.all_tasks:
            chosen.append(task)
        else:
            raise BadInputError(
                f"no task {task[:80]!r} is known to lm-evaluation-harness; name one, or a .yaml file"
            )
    asked: Callable[..., Any] = simple_evaluate
    found = asked(
        TruthGPTModel(str(model)),
        tasks=chosen,
        limit=limit,
        task_manager=manager,
        log_samples=False,
        bootstrap_iters=1000,
    )
    results: dict[str, dict[str, Any]] = found["results"]
    return results


def _described(path: Path) -> Any:
    import yaml  # type: ignore[import-untyped]  # comes with the harness

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadInputError(f"{path} describes no task: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(found, dict) or "task" not in found:
        raise BadInputError(f"{path} describes no task: it names none")
    return found
