"""Which sentences of the posts found speak to the question: each scored by what it shares with it, in words and in meaning.

The score of a sentence is

    0.5 · coverage + 0.3 · cosine + 0.2 · kind

`coverage` is the share of the question's content words, weighted by how rare they are among the posts found, that the
sentence has, or its post has at half weight; a word counts in part where its vector is near (a synonym). `cosine` is
that of the sentence (with its post's opening) and the question. `kind` is 1 where the sentence holds what is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from truthgpt.answer.question import Question
from truthgpt.answer.satisfies import satisfies
from truthgpt.answer.words import stem_words
from truthgpt.truth.sentences import split

READ = 6_000
"""Characters of a post in which passages are looked for."""
LONGEST = 420
"""Characters that a passage may have; a longer sentence is cut at a clause or a space."""
_SYNONYM = 0.6
"""Cosine of two words' vectors from which one counts, in part, for the other."""

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a post, at [start, end) of its text, and how it speaks to the question (each in [0, 1])."""

    start: int
    end: int
    text: str
    score: float
    coverage: float
    cosine: float
    satisfies: bool


_QUESTION = regex.compile(r"[?？]\s*[\"”’')\]]*$")
_LETTERS = regex.compile(r"\p{L}")


def rank(question: Question, texts: Sequence[str], encode: Encode) -> list[list[Passage]]:
    """For each post's text its passages, best first; a post with no sentence worth citing has none.

    `encode` maps texts to unit vectors, float32 (n, d).
    """
    spans = [_sentences(text) for text in texts]
    owner = [index for index, found in enumerate(spans) for _ in found]
    flat = [span for found in spans for span in found]
    if not flat or not question.terms:
        return [[] for _ in texts]
    sentence_words = [stem_words(span_text, question.language) for _, _, span_text in flat]
    post_words = [{stem for stem, _ in stem_words(text[:READ], question.language)} for text in texts]
    near = _nearness(question, sentence_words, encode)
    weights = _weights([term for term, _ in question.terms], post_words)
    cosines = _cosines(question, [text for _, _, text in flat], owner, texts, encode)
    passages: list[list[Passage]] = [[] for _ in texts]
    for index, (start, end, text) in enumerate(flat):
        here = near[index]
        post = np.array([term in post_words[owner[index]] for term, _ in question.terms], dtype=np.float32)
        coverage = float(weights @ np.maximum(here, 0.5 * post))
        kind = satisfies(text, question)
        cosine = max(0.0, float(cosines[index]))
        score = 0.5 * coverage + 0.3 * cosine + 0.2 * kind
        passages[owner[index]].append(Passage(start, end, text, score, coverage, cosine, kind))
    for found in passages:
        found.sort(key=lambda passage: -passage.score)
    return passages


def _sentences(text: str) -> list[tuple[int, int, str]]:
    """Declarative sentences with at least three letters, whole or cut at `LONGEST`."""
    found = []
    for span in split(text[:READ]):
        start, end = span.start, span.end
        if _QUESTION.search(text[start:end]) or len(_LETTERS.findall(text[start:end])) < 3:
            continue
        if end - start > LONGEST:
            cut = max(text.rfind(mark, start, start + LONGEST) for mark in (", ", "; ", "，", "；", " "))
            end = cut if cut > start + LONGEST // 2 else start + LONGEST
        found.append((start, end, text[start:end]))
    return found


def _nearness(
    question: Question, sentences: Sequence[Sequence[tuple[str, str]]], encode: Encode
) -> npt.NDArray[np.float32]:
    """float32 (sentences, terms): 1 where the sentence has the term's stem, less where it has a word of near meaning."""
    surfaces = {stem: word for words in sentences for stem, word in words}
    column = {stem: index for index, stem in enumerate(surfaces)}
    terms = encode([word for _, word in question.terms])
    words = encode(list(surfaces.values()))
    similarity = np.clip((terms @ words.T - _SYNONYM) / (1 - _SYNONYM), 0.0, 0.8)
    for row, (term, _) in enumerate(question.terms):
        if term in column:
            similarity[row, column[term]] = 1.0
    near = np.zeros((len(sentences), len(question.terms)), dtype=np.float32)
    for index, stems in enumerate(sentences):
        columns = [column[stem] for stem, _ in stems]
        if columns:
            near[index] = similarity[:, columns].max(axis=1)
    return near


def _weights(terms: Sequence[str], posts: Sequence[set[str]]) -> npt.NDArray[np.float32]:
    """float32 (terms,), summing to 1: a term that few of the posts found have tells more than one that all have."""
    weights = np.array(
        [math.log(1 + (len(posts) + 1) / (1 + sum(term in words for words in posts))) for term in terms],
        dtype=np.float32,
    )
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _cosines(
    question: Question, sentences: Sequence[str], owner: Sequence[int], texts: Sequence[str], encode: Encode
) -> npt.NDArray[np.float32]:
    """float32 (sentences,): the better of the sentence's own cosine and, at 0.9, that of it behind its post's opening."""
    openings = [text[:200].split("\n", 1)[0] for text in texts]
    asked = encode([question.text])[0]
    alone = encode(sentences) @ asked
    behind = (
        encode([f"{openings[post]} {sentence}" for post, sentence in zip(owner, sentences, strict=True)])
        @ asked
    )
    return np.asarray(np.maximum(alone, 0.9 * behind), dtype=np.float32)
