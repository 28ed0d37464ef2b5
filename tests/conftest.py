"""What several packages' tests share: a corpus of the demo posts, both kinds of databases, the folder of public data sets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from platformdirs import user_cache_path

from postgresql_server import Server, shared
from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.language import models

# The same examples in every run, however slow the machine; `--hypothesis-profile=explore` draws others.
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", deadline=None)
hypothesis_settings.load_profile("repeatable")


def pytest_make_parametrize_id(val: object) -> str | None:
    """A hostile text of a megabyte is named by how it begins: whole, it would be in every message of a worker and in the environment."""
    if not isinstance(val, str | bytes) or len(val) <= 60:
        return None
    text = val.decode("latin-1") if isinstance(val, bytes) else val
    return f"{text[:40].encode('unicode_escape').decode()}... of {len(val)}"


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the demo posts and no model; not to be written to."""
    data = tmp_path_factory.mktemp("demo")
    with Assistant.open(settings.Settings(data, settings.QUOTES_ONLY), create=True) as assistant:
        assistant.import_demo()
    return data


@pytest.fixture
def assistant(demo_data: Path) -> Iterator[Assistant]:
    """The demo posts, answered by quoted evidence alone."""
    with Assistant.open(settings.Settings(demo_data, settings.QUOTES_ONLY)) as opened:
        yield opened


@pytest.fixture(scope="session")
def default_model() -> Path:
    """The default model's file: of TRUTHGPT_DATA if that is set, else kept in the user's cache between runs."""
    data = os.environ.get("TRUTHGPT_DATA")
    return models.pull(
        settings.DEFAULT_MODEL, Path(data) / "models" if data else user_cache_path("truthgpt") / "models"
    )


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of public data sets; the test is skipped where it is absent."""
    folder = Path(os.environ.get("TRUTHGPT_DATASETS", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}; set TRUTHGPT_DATASETS")
    return folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    yield shared()
    shared().stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that is not there yet, or has no tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'truthgpt.db'}"
    server: Server = request.getfixturevalue("postgresql")
    return server.fresh()
