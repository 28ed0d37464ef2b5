"""A network of two small layers with a tokenizer of its own, and lessons for it, in a folder."""

from __future__ import annotations

from pathlib import Path

import torch

from truthgpt.answer import phrases, prompt
from truthgpt.language import hugging_face, vocabulary
from truthgpt.language.engine import Message
from truthgpt.language.network import Network, Shape
from truthgpt.training.lessons.counting import Counting
from truthgpt.training.lessons.lesson_file import Lesson
from truthgpt.training.lessons.making import CHAT, CITED, NOT_SAID, cited, lesson_file

YEARS = {"Amber Tower": 1887, "Hollow Bridge": 1925, "Copper Mill": 1799, "Iron Gate": 1950}
CONTEXT = 512


def lessons() -> list[Lesson]:
    made = []
    for number, (name, year) in enumerate(YEARS.items()):
        question = f"When was the {name} built?"
        right, wrong = f"The {name} was built in {year}.", f"The {name} is red. Cats sleep on it."
        passages = [right, wrong] if number % 2 else [wrong, right]
        asked = prompt.messages(question, passages, Counting(2_048))
        answer = cited(right, passages.index(right) + 1)
        made.append(Lesson((*asked, Message("assistant", answer)), CITED, len(asked)))
        asked = prompt.messages(question, [wrong], Counting(2_048))
        said = phrases.not_said("en")
        made.append(Lesson((*asked, Message("assistant", said)), NOT_SAID, len(asked)))
    made.append(
        Lesson((Message("user", "Is the mill red?"), Message("assistant", "It is, since the fire.")), CHAT, 1)
    )
    return made


def make(folder: Path) -> Path:
    """`base` (a model) and `lessons.jsonl` in `folder`."""
    torch.set_num_threads(1)
    lesson_file.write(folder / "lessons.jsonl", lessons())
    texts = [turn.content for lesson in lessons() for turn in lesson.messages]
    tokenizer = vocabulary.train(texts, 512)
    vocabulary.save(tokenizer, folder / "tokenizer")
    network = Network(
        Shape(
            vocabulary=tokenizer.get_vocab_size(),
            width=32,
            layers=2,
            heads=2,
            kv_heads=1,
            hidden=64,
            context=CONTEXT,
        )
    )
    network.initialise(7)
    hugging_face.write(network, folder / "base")
    hugging_face.write_tokenizer(folder / "tokenizer", folder / "base")
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in hugging_face.read(folder).state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
