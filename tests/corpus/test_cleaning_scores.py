"""The scores put plain cases in their order, whatever is scored beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from daft import col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.cleaning import COUNTS, columns, scores
from truthgpt.corpus.cleaning.profile import BEGINNING
from truthgpt.corpus.cleaning.rows import strings

EXAMPLES: dict[str, list[str]] = {}
for line in (Path(__file__).parent / "cleaning_examples.tsv").read_text(encoding="utf-8").splitlines():
    kind, _, post = line.partition("\t")
    EXAMPLES.setdefault(kind, []).append(post)


def scored(texts: Sequence[str | None]) -> list[dict[str, Any]]:
    column = pa.array(
        [None if text is None else strings([text])[0].as_py() for text in texts], pa.large_string()
    )
    batch = RecordBatch.from_arrow_table(pa.table({"text": column}))
    for step in (columns(col("text")), scores(col("text"), col(COUNTS))):
        kept = [col(name) for name in batch.schema().column_names()]
        made = (expression.alias(name) for name, expression in step.items())
        batch = batch.eval_expression_list(ExpressionsProjection([*kept, *made]))
    rows: list[dict[str, Any]] = batch.to_arrow_table().to_pylist()
    return rows


def test_spam_stands_above_posts() -> None:
    spam = [row["spam"] for row in scored(EXAMPLES["spam"])]
    good = [row["spam"] for row in scored(EXAMPLES["good"])]
    assert min(spam) >= 0.4, EXAMPLES["spam"][spam.index(min(spam))]
    assert max(good) <= 0.1, EXAMPLES["good"][good.index(max(good))]


def test_sentences_stand_above_noise() -> None:
    good = [row["quality"] for row in scored(EXAMPLES["good"])]
    poor = [row["quality"] for row in scored(EXAMPLES["poor"])]
    assert min(good) >= 0.75, EXAMPLES["good"][good.index(min(good))]
    assert max(poor) <= 0.5, EXAMPLES["poor"][poor.index(max(poor))]


def test_templates_are_told_line_by_line() -> None:
    for text in EXAMPLES["template"]:
        alone, after = scored([text, f"What I think of it.\n\n{text}"])
        assert (alone["boilerplate"], after["boilerplate"]) == (1.0, 0.5), text
    assert not any(row["boilerplate"] for row in scored([*EXAMPLES["good"], "A present from my dad", ""]))


def test_the_words_of_a_story_are_no_pitch() -> None:
    story = (
        "My uncle lost his house in a casino. " + "He told us about it every winter while the snow fell. " * 3
    )
    assert scored([story])[0]["spam"] <= 0.3


def test_counts() -> None:
    text = "Ab ab, CD 12!!!!\n\n好的好 #x\nAb ab, CD 12!!!!"
    (row,) = scored([text])
    assert row[COUNTS] == {
        "letters": 16,
        "capitals": 6,
        "digits": 4,
        "characters": len(text),
        "unspaced": 3,
        "signs": 1,
        "repeats": 4,
        "words": 12,
        "distinct_words": 6,
        "lines": 3,
        "distinct_lines": 2,
    }


def test_nothing_scores_nothing() -> None:
    for row in scored([None, "", " "]):
        assert row["spam"] == row["quality"] == 0
        assert row["boilerplate"] in (0, None)
        assert row["links"] == row["mentions"] == row["hashtags"] == []


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(st.characters() | st.sampled_from("ab AB\n.!好😀")), max_size=4))
def test_any_text_scores_from_0_to_1_and_alone_as_among_others(texts: list[str]) -> None:
    together = scored(texts)
    for text, row in zip(texts, together, strict=True):
        assert [row] == scored([text])
        assert all(0 <= row[name] <= 1 for name in ("boilerplate", "spam", "quality"))
        assert row[COUNTS]["characters"] == len(text.encode(errors="ignore").decode()[:BEGINNING])


def test_many_texts_score_as_each_alone() -> None:
    """Words are told apart in a table that all texts of a batch share: none may take another's place in the counts."""
    texts = [" ".join(f"w{number * step % 97}" for number in range(60)) for step in range(1, 300)]
    for text, row in zip(texts, scored(texts), strict=True):
        assert row[COUNTS]["distinct_words"] == len({"".join(sorted(word)) for word in text.split()})
