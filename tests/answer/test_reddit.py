"""A real export: a slice of Reddit goes in, a cited answer with evidence from several communities comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.schema import Answer, AnswerEvent

COMMUNITIES = ("restorethefourth", "privacy", "PoliticalDiscussion", "Anarchism", "linuxadmin", "loseit")


@pytest.fixture(scope="module")
def answer(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    files = [path for name in COMMUNITIES if (path := datasets / "reddit" / f"{name}.csv.gz").exists()]
    if len(files) < 4:
        pytest.skip(f"no Reddit export under {datasets}")
    chosen = settings.Settings(tmp_path_factory.mktemp("reddit"), settings.QUOTES_ONLY)
    with Assistant.open(chosen, create=True) as assistant:
        result = assistant.import_paths(files)
        assert result.read == result.kept + result.copies + result.rejected
        assert result.rejected == 0
        *_, last = assistant.ask("Should the government be allowed to collect phone records?")
    assert isinstance(last, AnswerEvent)
    return last.answer


def test_the_answer_is_cited(answer: Answer) -> None:
    assert answer.decision.answer
    cited = {post for sentence in answer.sentences for post in sentence.citations}
    assert cited
    assert cited <= {piece.id for piece in answer.evidence}


def test_several_communities_are_heard(answer: Answer) -> None:
    assert len({piece.community for piece in answer.evidence}) >= 2
