"""Numbers, dates, times and units are one whatever way they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.truth.analysis import analyse
from truthgpt.truth.lexing import Language
from truthgpt.truth.quantities import MAX_DIGITS, number_key, parse_chinese, parse_digits


def keys(text: str, language: Language) -> list[str]:
    return [
        token.key for sentence in analyse(text, language) for token in sentence.tokens if token.kind != "word"
    ]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("2,500,000", "en", 2_500_000),
        ("2.500.000", "pt", 2_500_000),
        ("2.5", "en", 2.5),
        ("2,5", "pt", 2.5),
        ("2.500", "pt", 2_500),
        ("2,500", "en", 2_500),
        ("1.234,5", "en", 1_234.5),
        ("007", "en", 7),
    ],
)
def test_digits_are_read_by_the_custom_of_the_language(text: str, language: str, value: float) -> None:
    assert parse_digits(text, language) == value


def test_a_number_of_endless_digits_is_not_read_as_a_value() -> None:
    assert parse_digits("9" * (MAX_DIGITS + 1), "en") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三", 3),
        ("十二", 12),
        ("二十", 20),
        ("二百五十", 250),
        ("一千零一", 1_001),
        ("三百万", 3_000_000),
        ("一亿二千万", 120_000_000),
        ("一九九八", 1998),
        ("三点五", 3.5),
        ("三点", None),
        ("", None),
    ],
)
def test_chinese_numerals(text: str, value: float | None) -> None:
    assert parse_chinese(text) == value


@given(st.text(alphabet="零一二三四五六七八九十百千万亿点", max_size=30))
def test_any_run_of_numerals_has_a_value_or_none(text: str) -> None:
    value = parse_chinese(text)
    assert value is None or number_key(value).startswith("#")


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["52", "fifty-two", "fifty two"]),
        ("en", ["2.5 million", "2,500,000", "2500k"]),
        ("en", ["two hundred and fifty", "250"]),
        ("en", ["10%", "10 percent", "ten per cent"]),
        ("en", ["$5", "5 dollars", "US$5"]),
        ("en", ["3 March 1998", "March 3, 1998", "3rd of March 1998", "1998-03-03", "03/03/1998"]),
        ("en", ["5 pm", "17:00", "5:00 p.m."]),
        ("en", ["the second day", "the 2nd day"]),
        ("pt", ["R$ 2,5 milhões", "2.500.000 reais", "2,5 milhões de reais"]),
        ("pt", ["12 de maio de 2003", "12/05/2003"]),
        ("pt", ["17h30", "17:30"]),
        ("pt", ["35 mil", "35.000"]),
        ("zh", ["三百万元", "300万元"]),
        ("zh", ["百分之十二", "12%"]),
        ("zh", ["1998年3月3日", "1998-03-03"]),
        ("zh", ["星期天", "周日"]),
    ],
)
def test_forms_of_one_value_are_equal(language: Language, forms: list[str]) -> None:
    read = [sorted(keys(f"X {form}", language)) for form in forms]
    assert all(keys and keys == read[0] for keys in read), dict(zip(forms, read, strict=True))


def test_a_date_that_means_two_days_is_only_equal_to_itself() -> None:
    assert keys("on 3/5/2024", "en") != keys("on 3 May 2024", "en") != keys("on 5 March 2024", "en")


@pytest.mark.parametrize("text", ["May I come?", "They march on.", "She may come.", "Um set de filmagem."])
def test_words_that_are_also_months_are_not_dates(text: str) -> None:
    assert not any(key.startswith("m:") for key in keys(text, "en") + keys(text, "pt"))
