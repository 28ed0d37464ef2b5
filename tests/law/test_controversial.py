"""What is controversial, rude, political, about sex, or sounds dark is answered, under every law: no statute forbids it."""

from __future__ import annotations

import pytest
from controversial import CONTROVERSIAL

from truthgpt.law import decide, jurisdictions


def test_there_are_many_of_them_in_three_languages() -> None:
    assert len(set(CONTROVERSIAL)) >= 150


@pytest.mark.parametrize("jurisdiction", jurisdictions())
def test_none_is_refused(jurisdiction: str) -> None:
    assert [prompt for prompt in CONTROVERSIAL if decide(prompt, jurisdiction).decision == "refuse"] == []
