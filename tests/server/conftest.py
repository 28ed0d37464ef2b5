"""The app over scripted services, in memory."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def client(fakes: Fakes) -> TestClient:
    return TestClient(fakes.app(), base_url="http://localhost:8080")
