"""What the teacher is asked: English words, titles, questions and sentences, and its vectors of them.

A question is a title with a question mark; its sentences are those of the post that it heads. The teacher has read a
great many questions with their answers, so its ranking of sentences for a question is what ours should be.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from truthgpt.search.embedding import Embedding
from vectors_teacher import Teacher
from vectors_texts import Pair, is_question, sentences
from vectors_train import Bags, Lessons, Questions

TITLES, QUESTIONS, SENTENCES_A_QUESTION = 15_000, 10_000, 2

Vectors = npt.NDArray[np.float32]


def asked(posts: Sequence[Pair], draw: random.Random) -> tuple[list[str], list[str], list[int]]:
    """Questions, sentences of their posts, and for each question the place of one of its post's."""
    questions: list[str] = []
    said: list[str] = []
    own: list[int] = []
    for post in draw.sample(posts, len(posts)):
        if len(questions) == QUESTIONS:
            break
        found = sentences(post.text) if is_question(post.query) else []
        if found:
            questions.append(post.query)
            own.append(len(said))
            said.extend(draw.sample(found, min(len(found), SENTENCES_A_QUESTION)))
    return questions, said, own


def ask(
    words: Sequence[str],
    posts: Sequence[Pair],
    teacher: Teacher,
    embedding: Embedding,
    dimensions: int,
    draw: random.Random,
) -> tuple[Lessons, Questions]:
    """The lessons of all these texts, and the questions among them.

    A lesson's target is the teacher's vector in the first principal axes of all; words and longer texts are centred
    apart, since what they share only says which they are. Questions keep the teacher's own vectors, to be ranked by.
    """
    titles = [post.query for post in draw.sample(posts, TITLES) if "?" not in post.query]
    questions, said, own = asked(posts, draw)
    of_words, of_titles, of_questions, of_said = map(teacher.encode, (words, titles, questions, said))
    longer = np.concatenate([of_titles, of_questions, of_said])
    centred = np.concatenate([of_words - of_words.mean(axis=0), longer - longer.mean(axis=0)])
    texts = [*words, *titles, *questions, *said]
    known = embedding.tokenize(texts)[1] > 0
    lessons = Lessons(
        Bags.of(embedding, [text for text, keep in zip(texts, known, strict=True) if keep]),
        in_first_axes(centred, dimensions)[known],
    )
    return lessons, Questions(
        Lessons(Bags.of(embedding, questions), of_questions),
        Lessons(Bags.of(embedding, said), of_said),
        np.array(own),
    )


def in_first_axes(vectors: Vectors, dimensions: int) -> Vectors:
    """Unit rows (rows, dimensions) of `vectors` in their first principal axes."""
    axes = np.linalg.eigh(np.cov(vectors[::2], rowvar=False))[1][:, ::-1][:, :dimensions]
    within = vectors @ axes
    return np.asarray(within / np.linalg.norm(within, axis=1, keepdims=True), dtype=np.float32)
