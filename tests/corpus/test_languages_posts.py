"""The languages of short posts, 32 languages with twelve each, one by one and as a column.

The posts are written for this project. Words and letters were chosen with the first seven of each language in sight; the
last five were only counted.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from daft import col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.cleaning.rows import strings
from truthgpt.corpus.languages import detect
from truthgpt.corpus.languages.column import language
from truthgpt.corpus.languages.scripts import languages_of

POSTS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "language_posts.tsv").read_text(encoding="utf-8").splitlines()
]
SEEN = 7


def in_a_column(texts: Sequence[str]) -> list[str]:
    batch = RecordBatch.from_arrow_table(pa.table({"text": strings(texts)}))
    made = ExpressionsProjection([language(col("text")).alias("language")])
    codes: list[str] = batch.eval_expression_list(made).to_arrow_table()["language"].to_pylist()
    return codes


def test_the_languages_of_short_posts() -> None:
    right: Counter[str] = Counter()
    unseen: list[bool] = []
    number: Counter[str] = Counter()
    for (code, _), told in zip(POSTS, in_a_column([text for _, text in POSTS]), strict=True):
        right[code] += told == code
        number[code] += 1
        if number[code] > SEEN:
            unseen.append(told == code)
    assert len(number) >= 23
    assert min(number.values()) >= 12
    assert right.total() / number.total() >= 0.96
    assert sum(unseen) / len(unseen) >= 0.95
    assert {code: right[code] for code in number if right[code] < 9} == {}


def test_a_column_says_what_each_text_gets() -> None:
    texts = [text for _, text in POSTS]
    assert in_a_column(texts) == [detect(text) for text in texts]


def test_a_column_and_single_texts_agree_on_the_data_sets(datasets: Path) -> None:
    with (datasets / "told_br" / "ToLD-BR.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row, _ in zip(csv.DictReader(file), range(4000), strict=False)]
    texts += (
        (datasets / "tweeteval" / "sentiment" / "test_text.txt")
        .read_text(encoding="utf-8")
        .splitlines()[:4000]
    )
    told = in_a_column(texts)
    assert (
        sum(a == b for a, b in zip(told, [detect(text) for text in texts], strict=True)) / len(texts) >= 0.998
    )
    assert told[:4000].count("pt") / 4000 >= 0.92
    assert told[4000:].count("en") / 4000 >= 0.985


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("het is wat het is, en dat was het dan", "nl"),
        ("assisti the voice, the office e the crown ontem com a minha irmã", "pt"),
        ("What do you think about the new bridge? Você vai?", "en"),
    ],
)
def test_what_looks_like_english_is_not_always(text: str, code: str) -> None:
    assert in_a_column([text]) == [code]


def test_a_script_of_one_language_decides() -> None:
    for text, code in (
        ("καλημέρα", "el"),
        ("გამარჯობა", "ka"),
        ("வணக்கம்", "ta"),
        ("ආයුබෝවන්", "si"),
        ("ສະບາຍດີ", "lo"),
    ):
        assert languages_of(text) == {code}
    assert "ru" in languages_of("привет")
    assert languages_of("bonjour à tous") == languages_of("hello καλη") == frozenset()


def test_null_has_no_language() -> None:
    batch = RecordBatch.from_arrow_table(pa.table({"text": pa.array([None, "bom dia pessoal"])}))
    made = ExpressionsProjection([language(col("text")).alias("language")])
    assert batch.eval_expression_list(made).to_arrow_table()["language"].to_pylist() == [None, "pt"]


@settings(deadline=None)
@given(st.lists(st.text(st.characters() | st.sampled_from("the and you é好かб ")), max_size=5))
def test_any_text_in_a_column_gets_a_code_or_none(texts: list[str]) -> None:
    for code in in_a_column(texts):
        assert code == "" or (len(code) == 2 and code.isascii() and code.islower())


def test_telling_one_language_does_not_start_daft() -> None:
    """`truthgpt ask` tells the language of its question and must not wait for what an import needs."""
    program = (
        "import sys, truthgpt.corpus.languages as l; l.detect('bom dia'); sys.exit('daft' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
