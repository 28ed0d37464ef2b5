"""A witness over HTTP: it cosigns what only adds, remembers where it was, and what answers wrongly is one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_fakes import served
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import verify
from truthgpt.oversight.log.store import Log
from truthgpt.oversight.log.witness import Witness, kept_at
from truthgpt.oversight.log.witnessing import cosigned
from truthgpt.server.witness import create_witness

KEY, OTHER = SigningKey.from_seed(bytes(range(32))), SigningKey.from_seed(bytes(range(1, 33)))


def opened(folder: Path, *entries: int) -> Log:
    log = Log.open(folder, origin="log.example/test", key=KEY)
    for number in entries:
        log.append(b"entry %d" % number)
    return log


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return opened(tmp_path / "log", *range(5))


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Witness:
    return Witness(tmp_path / "witness", "witness.example/w", OTHER, (log.verifier,))


@pytest.fixture
def address(witness: Witness) -> Iterator[str]:
    with served(create_witness(witness)) as at:
        yield at


def test_a_growing_log_is_cosigned_each_time(log: Log, witness: Witness, address: str) -> None:
    assert cosigned(log.folder, log.verifier, address, witness.verifier) == 5
    log.append(b"entry 5")
    assert cosigned(log.folder, log.verifier, f"{address}/", witness.verifier) == 6
    found = verify(log.folder, [log.verifier], witnesses=[witness.verifier])
    assert (found.intact, found.witnesses) == (True, (witness.name,))


def test_where_the_witness_knows_another_size_it_is_asked_from_there(
    log: Log, witness: Witness, address: str
) -> None:
    """What was kept here is lost, as after a restore from a backup."""
    cosigned(log.folder, log.verifier, address, witness.verifier)
    log.append(b"entry 5")
    (log.folder / kept_at(witness.verifier)).unlink()
    assert cosigned(log.folder, log.verifier, address, witness.verifier) == 6


def test_a_log_that_was_put_back_is_not_cosigned_again(
    log: Log, witness: Witness, address: str, tmp_path: Path
) -> None:
    cosigned(log.folder, log.verifier, address, witness.verifier)
    earlier = opened(tmp_path / "earlier", 0)
    with pytest.raises(BadInputError, match=r"a tree of 5 entries, and the log has 1: entries are gone"):
        cosigned(earlier.folder, log.verifier, address, witness.verifier)


def test_another_history_is_not_cosigned(log: Log, witness: Witness, address: str, tmp_path: Path) -> None:
    cosigned(log.folder, log.verifier, address, witness.verifier)
    forked = opened(tmp_path / "forked", *range(1, 8))
    with pytest.raises(MissingError, match="refused with 422"):
        cosigned(forked.folder, log.verifier, address, witness.verifier)


def test_a_log_that_the_witness_does_not_know_is_not_cosigned(
    witness: Witness, address: str, tmp_path: Path
) -> None:
    stranger = Log.open(tmp_path / "stranger", origin="log.example/stranger", key=KEY)
    stranger.append(b"entry")
    with pytest.raises(MissingError, match=r"refused with 404 \(unknown log\)"):
        cosigned(stranger.folder, stranger.verifier, address, witness.verifier)


@pytest.mark.parametrize("body", [b"", b"old 0\n", b"\xff" * 100, b"old 0\n\nnothing\n\n", b"old -1\n\nx"])
def test_what_is_no_request_is_refused_in_a_line(address: str, body: bytes) -> None:
    answer = httpx.post(f"{address}/add-checkpoint", content=body)
    assert answer.status_code == 400
    assert answer.text.count("\n") == 1


def test_a_flood_is_cut_off(address: str) -> None:
    assert httpx.post(f"{address}/add-checkpoint", content=b"x" * (1 << 18)).status_code == 413


def test_no_address_and_nobody_at_one_are_one_line(log: Log, witness: Witness) -> None:
    with pytest.raises(BadInputError, match="no address of a witness"):
        cosigned(log.folder, log.verifier, "file:///etc/passwd", witness.verifier)
    with pytest.raises(MissingError, match="no witness answers at http://127"):
        cosigned(log.folder, log.verifier, "http://127.0.0.1:9", witness.verifier)


@pytest.mark.parametrize(
    ("status", "body", "match"),
    [
        (200, b"", "no cosignature|line of a signature|damaged|note"),
        (200, b"\xff", "no line of a signature"),
        (409, b"many\n", "refused with 409"),
        (200, b"x" * (1 << 17), "more than a cosignature"),
    ],
    ids=["nothing", "no text", "no size", "a flood"],
)
def test_a_hostile_witness_changes_nothing(
    log: Log, witness: Witness, status: int, body: bytes, match: str
) -> None:
    async def answer(_request: object) -> Response:
        return Response(body, status)

    with (
        served(Starlette(routes=[Route("/add-checkpoint", answer, methods=["POST"])])) as at,
        pytest.raises((BadInputError, MissingError), match=match),
    ):
        cosigned(log.folder, log.verifier, at, witness.verifier)
    assert not (log.folder / kept_at(witness.verifier)).exists()
