"""Personal data is found where it stands, look-alikes are left, and what is masked is only what was found."""

from __future__ import annotations

import doctest
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from daft import col
from daft.recordbatch import RecordBatch
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.personal import checks, fold
from truthgpt.corpus.personal import find as find_module
from truthgpt.corpus.personal import mask as mask_module
from truthgpt.corpus.personal.columns import masked, personal
from truthgpt.corpus.personal.find import find
from truthgpt.corpus.personal.mask import PLACEHOLDERS, mask
from truthgpt.corpus.personal.spans import KINDS, Span

EXAMPLES = [
    json.loads(line) for line in (Path(__file__).parent / "personal.jsonl").read_text("utf-8").splitlines()
]


def _columns(texts: Sequence[str | None]) -> tuple[list[list[Span]], list[str | None]]:
    batch = RecordBatch.from_arrow_table(pa.table({"text": pa.array(texts, pa.large_string())}))
    found = batch.eval_expression_list([col("text"), personal(col("text")).alias("spans")])
    hidden = found.eval_expression_list([masked(col("text"), col("spans")).alias("masked")]).to_arrow_table()
    spans = found.to_arrow_table()["spans"].to_pylist()
    return [[Span(**span) for span in row or ()] for row in spans], hidden["masked"].to_pylist()


def _right(found: Span, expected: Span) -> bool:
    """The same kind, and they share at least half of the characters that either covers."""
    shared = min(found.end, expected.end) - max(found.start, expected.start)
    return found.kind == expected.kind and 2 * shared >= max(found.end, expected.end) - min(
        found.start, expected.start
    )


def test_recall_and_precision_on_the_written_examples() -> None:
    results = _columns([example["text"] for example in EXAMPLES])[0]
    right: Counter[str] = Counter()
    missed: list[str] = []
    wrong: list[str] = []
    for example, found in zip(EXAMPLES, results, strict=True):
        left = [Span(*span) for span in example["spans"]]
        for span in found:
            match = next((expected for expected in left if _right(span, expected)), None)
            if match:
                left.remove(match)
                right[span.kind] += 1
            else:
                wrong.append(f"{example['id']} {span}")
        missed += [f"{example['id']} {span}" for span in left]
    total = right.total()
    assert total / (total + len(missed)) >= 0.98, missed
    assert total / (total + len(wrong)) >= 0.97, wrong
    assert set(right) == set(KINDS)


def test_the_examples_are_enough_and_of_both_sorts() -> None:
    assert len(EXAMPLES) >= 600
    for language in ("en", "pt", "zh"):
        own = [example for example in EXAMPLES if example["language"] == language]
        assert len(own) >= 150
        assert 0.4 <= sum(bool(example["spans"]) for example in own) / len(own) <= 0.6
    assert len({example["text"] for example in EXAMPLES}) == len(EXAMPLES)


def test_the_columns_find_what_python_alone_finds() -> None:
    """The tests in Rust that pick rows let through every row that holds something."""
    texts = [example["text"] for example in EXAMPLES]
    assert _columns(texts)[0] == [find(text) for text in texts]


def test_the_examples_in_docstrings_and_on_the_page_hold() -> None:
    for module in (checks, find_module, fold, mask_module):
        assert doctest.testmod(module).attempted
        assert not doctest.testmod(module).failed
    page = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text("utf-8")
    exec(page.split("```python\n")[1].split("```")[0], {})


def test_empty_and_missing_texts() -> None:
    spans, hidden = _columns(["", None, "nothing here", "ana@example.com"])
    assert spans == [[], [], [], [Span(0, 15, "email")]]
    assert hidden == ["", None, "nothing here", "<EMAIL>"]


def test_offsets_count_characters_not_bytes() -> None:
    text = "😀 请写信到ana@example.com，谢谢 😀"
    (span,) = find(text)
    assert text[span.start : span.end] == "ana@example.com"
    assert mask(text, [span]) == "😀 请写信到<EMAIL>，谢谢 😀"


def test_unseen_characters_hide_nothing_and_are_masked_along() -> None:
    text = "call 212\u200b-5\u200d55-01\ufeff99 now"
    (span,) = find(text)
    assert mask(text, [span]) == "call <PHONE> now"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_placeholder_that_is_not_found_again(kind: str) -> None:
    assert find(f"so {PLACEHOLDERS[kind]} it is") == []


@given(
    st.text(st.sampled_from("0123456789 .-/()+@:abcdefx\u200b１２３号路市rua,Av.St 卡call\n"), max_size=120)
)
def test_spans_of_any_text_are_in_order_inside_it_and_apart(text: str) -> None:
    at = 0
    for span in find(text):
        assert at <= span.start < span.end <= len(text)
        at = span.end


_HOSTILE = [
    "1" * 50_000,
    "1-" * 25_000,
    "a@" * 25_000,
    "a@b.co " * 8_000,
    "a." * 25_000 + "@",
    "(" * 50_000,
    "12 " + "Aa " * 20_000,
    "路1" * 25_000,
    "rua a " * 10_000,
    "\u200b1" * 25_000,
    "2001:" * 10_000,
    "http://a.b/1 2125550123 " * 3_000,
    "http://" + "a/2125550123" * 4_000,
    " at a dot" * 6_000,
    "+1" * 25_000,
    "GB82 " * 10_000,
]


@pytest.mark.parametrize("text", _HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_texts_end(text: str) -> None:
    """No pattern takes time that grows faster than the text: each of these would hang one that does."""
    find(text)
