"""A model of one's own, small enough to be trained in seconds, in a folder: sentences written here, learned by heart."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import torch

from truthgpt.language import hugging_face, vocabulary
from truthgpt.language.network import Network, Shape

PEOPLE = ("Ana", "Rui", "Ming", "Vera")
PLACES = ("the harbour", "the old bridge", "the library", "the market")
DEEDS = ("sells bread", "mends clocks", "reads the news aloud", "paints boats")
TEXTS = tuple(
    f"{person} {deed} at {place} every {day} morning, and {other} brings [1] coffee."
    for (person, deed, place), day, other in zip(
        product(PEOPLE, DEEDS, PLACES),
        ("Monday", "Tuesday", "Friday", "Sunday") * 16,
        PEOPLE[::-1] * 16,
        strict=True,
    )
)
PROMPTS = ("Ana sells bread", "Ming mends clocks at", "Vera reads the", "In the morning", "你好, Rui paints")
SHAPE = Shape(
    vocabulary=384, width=64, layers=2, heads=4, kv_heads=2, hidden=160, context=256, rope_base=10_000.0
)
"""More rows than the tokenizer has tokens, as a network's are padded to a round number."""


def train(folder: Path, shape: Shape = SHAPE, steps: int = 90) -> Network:
    """A model that has read `TEXTS`, in `folder` in Hugging Face's layout."""
    tokenizer = vocabulary.train(TEXTS, 360)
    vocabulary.save(tokenizer, folder)
    stream = [token for text in TEXTS for token in (*tokenizer.encode(text).ids, vocabulary.END_ID)]
    network = Network(shape)
    network.initialise(1)
    threads = torch.get_num_threads()
    torch.set_num_threads(
        1
    )  # so small a network is not faster with more, and slower where other tests run beside it
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, betas=(0.9, 0.95))
    dice = torch.Generator().manual_seed(1)
    tokens = torch.tensor(stream)
    for _ in range(steps):
        starts = torch.randint(0, len(tokens) - 65, (6,), generator=dice).tolist()
        batch = torch.stack([tokens[start : start + 65] for start in starts])
        scores = network.logits(batch[:, :-1])
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.set_num_threads(threads)
    hugging_face.write(network, folder)
    hugging_face.write_tokenizer(folder, folder)
    return network
