"""Drafts of an answer by the model that is to be tuned, and how well each is grounded, by the verifier of `truth`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import regex

from truthgpt.answer import drafting, phrases
from truthgpt.answer import question as question_
from truthgpt.answer.satisfies import satisfies
from truthgpt.corpus.languages import detect
from truthgpt.language.engine import Engine, Message, Sampling
from truthgpt.training.tuning.encoding import Encoder
from truthgpt.truth.sentences import split
from truthgpt.truth.verifier import Verifier

_POST = regex.compile(r"^\[\d{1,2}\] (.*)$", regex.MULTILINE)
_QUESTION = regex.compile(r"\n\nQuestion: (.*)\Z", regex.DOTALL)
_UNCITED = 0.5
"""What a sentence is worth that a passage carries which it does not cite."""
_ASIDE = 0.5
"""What is left of a draft in which no sentence holds what is asked for, or that was cut off."""
_LANGUAGES = ("en", "pt", "zh")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, and whether it came to an end by itself."""

    text: str
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Sampled:
    """How drafts are drawn: `count` of them, of `tokens` each at the most, with `temperature` and nucleus `top_p`."""

    count: int
    tokens: int
    temperature: float
    top_p: float


class Drafter(Protocol):
    """Writes drafts of the assistant's next turn; the same `seed` gives the same."""

    def drafts(self, messages: Sequence[Message], how: Sampled, seed: int) -> list[Draft]: ...


class EngineDrafter:
    """Drafts by an engine, one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def drafts(self, messages: Sequence[Message], how: Sampled, seed: int) -> list[Draft]:
        made = []
        for number in range(how.count):
            sampling = Sampling(how.tokens, how.temperature, how.top_p, seed + number)
            text = "".join(self._engine.stream(messages, sampling)).strip()
            made.append(Draft(text, self._engine.count_tokens(text) < how.tokens))
        return made


class ModelDrafter:
    """Drafts by a model of `transformers`, all of a question at once."""

    def __init__(self, model: Any, encoder: Encoder) -> None:
        self._model = model
        self._encoder = encoder
        named = model.generation_config.eos_token_id
        ends = named if isinstance(named, list) else [named]
        self._ends = {end for end in [*ends, encoder.tokenizer.eos_token_id] if end is not None}

    def drafts(self, messages: Sequence[Message], how: Sampled, seed: int) -> list[Draft]:
        import torch

        tokenizer = self._encoder.tokenizer
        text = self._encoder.written(self._encoder.turns(messages), opened=True)
        asked = tokenizer(text, add_special_tokens=False, return_tensors="pt").to(self._model.device)
        self._model.eval()
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(seed)
            written = self._model.generate(
                input_ids=asked["input_ids"],
                attention_mask=asked["attention_mask"],
                do_sample=True,
                temperature=how.temperature,
                top_p=how.top_p,
                top_k=0,
                num_return_sequences=how.count,
                max_new_tokens=how.tokens,
                eos_token_id=sorted(self._ends),
                pad_token_id=tokenizer.pad_token_id,
            )
        made = []
        for row in written[:, asked["input_ids"].shape[1] :].tolist():
            end = next((place for place, token in enumerate(row) if token in self._ends), len(row))
            made.append(Draft(tokenizer.decode(row[:end], skip_special_tokens=True).strip(), end < len(row)))
        return made


def seed_of(seed: int, messages: Sequence[Message]) -> int:
    """A seed of its own for each question, so that drafts do not depend on which were drawn before."""
    asked = f"{seed} " + "\0".join(message.content for message in messages)
    return int.from_bytes(hashlib.sha256(asked.encode("utf-8", "replace")).digest()[:6], "big")


def passages_of(message: Message) -> list[str]:
    """The numbered passages in a prompt's last turn, as `answer.prompt` writes it; none where it is another turn."""
    return _POST.findall(message.content.partition("\n\nQuestion: ")[0])


def score(draft: Draft, asked: Message, verifier: Verifier, *, answered: bool) -> float:
    """How well `draft` is grounded in the passages of `asked`, from 0 to 1.

    Where they answer (`answered`) it is the mean over its sentences: 1 where a passage that the sentence cites entails it, half
    where another does, 0 else; half of that where no sentence holds the kind of thing asked for, or the draft was cut off.
    Where they do not, 1 to say so and 0 to say anything else; saying so where they do is 0, as is saying nothing.
    """
    told = [drafting.parse(span.text, 99) for span in split(draft.text)]
    told = [sentence for sentence in told if any(char.isalpha() for char in sentence.text)]
    if not told:
        return 0.0
    abstains = any(abstention(sentence.text) for sentence in told)
    if not answered or abstains:
        return float(not answered and abstains and len(told) == 1)
    passages = passages_of(asked)
    worth = [_worth(sentence, passages, verifier) for sentence in told]
    found = _QUESTION.search(asked.content)
    text = found[1] if found else ""
    question = question_.read(text, detect(text) or "en")
    to_the_point = draft.ended and any(
        value > 0 and satisfies(sentence.text, question) for value, sentence in zip(worth, told, strict=True)
    )
    return sum(worth) / len(worth) * (1.0 if to_the_point else _ASIDE)


def _worth(sentence: drafting.Drafted, passages: Sequence[str], verifier: Verifier) -> float:
    if not passages:
        return 0.0
    # Each passage by itself: one that denies it does not take away what another says.
    carried = [verifier.judge(sentence.text, [passage]).verdict == "supported" for passage in passages]
    if any(carried[number] for number in sentence.cites if number < len(passages)):
        return 1.0
    return _UNCITED if any(carried) else 0.0


def abstention(text: str) -> bool:
    """Whether `text` is what the assistant says when no post answers, in any of its languages."""
    return text.strip().rstrip(".。") in {phrases.not_said(language).rstrip(".。") for language in _LANGUAGES}
