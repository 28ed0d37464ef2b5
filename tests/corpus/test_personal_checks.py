"""The arithmetic holds for the numbers that its standards print, and for none that is changed in one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.personal import checks
from truthgpt.corpus.personal.find import find
from truthgpt.corpus.personal.fold import fold

# Printed by the networks as test numbers, by the IBAN registry, GB 11643 and the Receita Federal as examples.
PUBLISHED: list[tuple[Callable[[str], bool], str]] = [
    (checks.card, "4111111111111111"),
    (checks.card, "5555555555554444"),
    (checks.card, "378282246310005"),
    (checks.card, "30569309025904"),
    (checks.card, "6011111111111117"),
    (checks.card, "3530111333300000"),
    (checks.iban, "GB82WEST12345698765432"),
    (checks.iban, "DE89370400440532013000"),
    (checks.iban, "PT50000201231234567890154"),
    (checks.iban, "BR1800360305000010009795493C1"),
    (checks.iban, "NO9386011117947"),
    (checks.cpf, "11144477735"),
    (checks.cnpj, "11222333000181"),
    (checks.cnpj, "12ABC34501DE35"),
    (checks.cn_id, "11010519491231002X"),
]


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_published_numbers_pass_and_one_wrong_digit_fails(check: Callable[[str], bool], number: str) -> None:
    assert check(number)
    for at, letter in enumerate(number):
        if letter.isdigit():
            wrong = number[:at] + str((int(letter) + 1) % 10) + number[at + 1 :]
            assert not check(wrong), wrong


@pytest.mark.parametrize("check", [checks.card, checks.cpf, checks.cnpj, checks.cn_id])
@given(digits=st.text("0123456789", min_size=1, max_size=20))
def test_any_digits_are_judged_without_an_error(check: Callable[[str], bool], digits: str) -> None:
    assert check(digits) in (True, False)


@pytest.mark.parametrize("number", ["00000000000", "99999999999", "1114447773", ""])
def test_repeated_and_short_digits_are_no_cpf(number: str) -> None:
    assert not checks.cpf(number)


def test_a_date_that_no_calendar_has_is_no_resident() -> None:
    assert not checks.cn_id("110105194913310025")
    assert not checks.old_cn_id("110105491331002")
    assert checks.old_cn_id("110105491231002")


@given(st.text(st.sampled_from("ab１２\u200b\ufeff\u00ad－，@ \u3000７")))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded, places = fold(text)
    assert len(places) == len(folded) + 1
    assert list(places) == sorted(places)
    assert places[-1] == len(text)
    for letter, place in zip(folded, places, strict=False):
        assert fold(text[place])[0] == letter


@pytest.mark.parametrize(
    "text",
    [
        "my router is 192.168.0.1, my modem 10.0.0.138, the rest 172.16.4.9",
        "on 127.0.0.1, ::1, 0.0.0.0, fe80::1 or 255.255.255.0",
        "dns 8.8.8.8 and 1.1.1.1",
        "update to version 203.0.113.9",
        "call 911, 112, 190 or 110",
        "ask 1-800-555-0199, 0800 555 0199 or 400-820-5555",
        "mention @ana@social.example and @bruno",
        "https://shop.example/item/4155550132?card=4111111111111111",
        "order number is 2125550147",
        "the Unix time 1359014801 in a phone",
    ],
)
def test_what_says_nothing_of_a_person_is_left(text: str) -> None:
    assert find(text) == []
