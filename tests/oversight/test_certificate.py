"""Certificates made, shown and verified here: what they say, what they are about, whose keys are taken."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from certificate_maker import AFTER, DURING, EVEN, ISSUED, World, report, world

import small_model
import truthgpt
from truthgpt.cli import main
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.certificate import digests, offline, trust
from truthgpt.oversight.certificate.dsse import envelope
from truthgpt.oversight.certificate.issue import witnessed
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log.merkle import leaf_hash
from truthgpt.oversight.log.proof import parse
from truthgpt.oversight.log.store import Log
from truthgpt.oversight.log.witness import Witness, request
from truthgpt.oversight.log.witness import keep as keep_cosignature
from truthgpt.oversight.log.words import told
from truthgpt.training.models import card
from truthgpt.training.models.export import export
from truthgpt.training.pretraining.energy import Hardware

CODE = digests.code_subject()


@pytest.fixture
def made(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture(autouse=True)
def code_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has 40 MB, and no test of these changes them."""
    monkeypatch.setattr(digests, "code_subject", lambda: CODE)


def statement(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(content)["envelope"]["payload"]))
    return found


def test_dsse_signs_what_its_specification_says() -> None:
    """The example of the DSSE protocol's section on test vectors."""
    assert (
        offline.pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    made = envelope(b"{}", "id", lambda message: message)
    signature = base64.b64decode(made["signatures"][0]["sig"])
    assert signature == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"


def test_a_certificate_is_an_in_toto_statement_of_what_was_found(made: World) -> None:
    found = statement(made.issue(days=30).content)
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["predicateType"] == "urn:truthgpt:inspection:v1"
    predicate = found["predicate"]
    assert predicate["inspector"] == "Ana Inspects"
    assert (predicate["issued"], predicate["expires"]) == ("2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z")
    assert predicate["passed"] is True
    assert predicate["trainingFlop"] == 1.5e18
    even = next(row for row in predicate["results"] if row["id"] == "even")
    assert (even["value"], even["low"], even["high"], even["n"]) == (0.875, 0.75, 0.95, 40)
    assert (even["direction"], even["limit"], even["outcome"]) == ("at least", 0.8, "passed")
    files = {row["name"]: row["sha256"] for row in predicate["files"]}
    for name in ("report.json", "even.json"):
        assert files[name] == hashlib.sha256((made.inspection / name).read_bytes()).hexdigest()


def test_its_subjects_are_weights_posts_law_and_code(made: World) -> None:
    subjects = {row["name"]: row["digest"] for row in statement(made.issue().content)["subject"]}
    assert subjects["model/small.gguf"] == {"sha256": hashlib.sha256(made.model.read_bytes()).hexdigest()}
    assert subjects["corpus/content"] == {"sha256": hashlib.sha256(b"posts").hexdigest()}
    pack = Path(truthgpt.__file__).parent / "law" / "packs" / "us.toml"
    assert subjects["law/packs/us.toml"] == {"sha256": hashlib.sha256(pack.read_bytes()).hexdigest()}
    assert re.fullmatch("[0-9a-f]{64}", subjects["law"]["dirHash"])
    assert subjects["code/truthgpt"] == {"dirHash": CODE.digest}
    assert re.fullmatch("[0-9a-f]{64}", CODE.digest)


def test_every_file_of_a_models_folder_is_a_subject(tmp_path: Path) -> None:
    """All but the card, which may come to name the certificate."""
    for name in (
        "model-1.safetensors",
        "model-2.safetensors",
        "config.json",
        "card.json",
        "README.md",
        ".hidden",
    ):
        (tmp_path / name).write_text(name)
    files = digests.model_files(str(tmp_path), tmp_path)
    assert [path.name for path in files] == ["config.json", "model-1.safetensors", "model-2.safetensors"]


def test_the_card_of_the_folder_that_a_file_was_made_of_tells_the_inspection_and_the_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    small_model.train(own, steps=0)
    stage = card.Stage("pretrain", 640, 64, 10, 2.0, Hardware("a processor", 2, gpu=False), 0.4)
    data = card.Data(7, "cd" * 32, 64, 4_000)
    card.write(own, card.Training("own", small_model.SHAPE, data, (stage,), "2026-11-30"))
    file = tmp_path / "data" / "models" / "own.gguf"
    file.parent.mkdir(parents=True)
    export(own, file, "q8_0")
    made = World(tmp_path / "data", file, tmp_path / "inspection")
    made.inspection.mkdir()
    made.inspect()
    given = ["--inspection", made.inspection, "--data", made.data]
    _, out, _ = run(capsys, "certificate", "issue", file, *given, "--card", own, "--json")
    id_ = json.loads(out)["id"]
    noted = card.read(own).inspection
    assert noted is not None
    assert (noted.certificate, noted.when) == (id_, "2026-02-28T10:04:00Z")
    weights = hashlib.sha256(file.read_bytes()).hexdigest()
    assert noted.result.startswith(f"own.gguf (SHA-256 {weights}), quick battery: all 2 measures")
    assert "all 2 measures" in (own / "README.md").read_text()
    assert card.read(own).stages == (stage,)

    other = replace(card.read(own), data=replace(data, version=8))
    card.write(own, other)
    for command in (["certificate", "issue", file, *given], ["inspect", file]):
        code, _, said = run(capsys, *command, "--card", own)
        assert code == 2
        assert "their cards tell of other training" in said
        assert said.count("\n") == 1
    assert card.read(own) == other


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the shell's own sums are compared")
def test_a_trees_digest_is_the_one_that_the_shell_makes(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("a.py", "b/c/d.txt", "b.txt", "b/é.txt"):
        (tmp_path / name).write_text(name)
    command = "find . -type f | cut -c3- | LC_ALL=C sort | xargs -r sha256sum | sha256sum"
    shell = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert digests.tree(tmp_path) == shell.stdout.split()[0]


def test_the_log_has_its_entry_and_proves_it(made: World) -> None:
    """By the log's own code, which shares none with the page's."""
    made.issue()
    content = json.loads(made.issue().content)
    with Log.open(made.oversight / "log") as log:
        proof = parse(content["proof"].encode())
        checkpoint = proof.check(content["entry"].encode(), [log.verifier])
        assert (proof.index, checkpoint.size) == (1, 2)
        assert leaf_hash(log.view().entry(1)) == leaf_hash(content["entry"].encode())
        said = told(log.view().entry(1))
    assert said.kind == "certificate"
    assert said.time == "2026-03-01T12:00:00.000Z"
    assert "holds until 2026-08-28T12:00:00Z" in said.words


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda made: made.model.write_bytes(b"other weights"), "was of another file"),
        (lambda made: (made.inspection / "even.json").write_text("{}"), "even.json"),
        (lambda made: (made.inspection / "even.json").unlink(), "even.json"),
        (lambda made: made.inspect(code="0.0.1"), "0.0.1"),
        (lambda made: (made.inspection / "report.json").write_text("{"), "JSON"),
    ],
)
def test_only_what_was_inspected_is_certified(made: World, spoil: Any, says: str) -> None:
    spoil(made)
    with pytest.raises(BadInputError, match=says):
        made.issue()
    assert not (made.oversight / "log").exists(), "nothing was logged"


def test_the_newest_inspection_of_the_model_is_taken(made: World) -> None:
    """Of those that ended, and were of these weights."""
    with pytest.raises(MissingError, match="was not inspected here"):
        made.issue(inspection=None)
    for name, finished, weights in (
        ("old", "2026-02-01T00:00:00Z", None),
        ("new", "2026-02-02T00:00:00Z", None),
        ("other", "2026-02-03T00:00:00Z", "0" * 64),
    ):
        folder = made.oversight / "inspections" / name
        folder.mkdir(parents=True)
        fields = {"finished": finished} | ({"weights": weights} if weights else {})
        report(folder, made.model, (EVEN,), **fields)
    (made.oversight / "inspections" / "under-way").mkdir()
    found = statement(made.issue(inspection=None).content)
    assert found["predicate"]["finished"] == "2026-02-02T00:00:00Z"


def test_bad_terms_and_names_are_refused(made: World) -> None:
    for options in (
        {"days": 0},
        {"days": 4000},
        {"inspector": " "},
        {"inspector": "a\nb"},
        {"inspector": "x" * 300},
    ):
        with pytest.raises(BadInputError):
            made.issue(**options)
    with pytest.raises(MissingError):
        digests.model_files("unknown-model", made.data / "models")
    with pytest.raises(BadInputError, match="no files"):
        digests.model_files("http://127.0.0.1:1/v1", made.data / "models")


def test_a_failed_inspection_is_signed_as_one(made: World) -> None:
    made.inspect(replace(EVEN, value=0.5, outcome="missed"))
    issued = made.issue()
    assert not issued.passed
    assert statement(issued.content)["predicate"]["passed"] is False


def test_what_a_retired_key_signed_goes_on_to_verify(made: World) -> None:
    """And a certificate that is issued with it after its retirement does not."""
    keys = made.oversight / "keys"
    old, before = made.issue(), (keys / "certificate.pem").read_bytes()
    new = trust.rotate(keys, DURING)
    assert (keys / "certificate.pem").read_bytes() != before
    later = made.issue(now=DURING)
    known = trust.known_keys(keys)
    assert [key.raw for key in known].count(new.raw) == 1
    for issued in (old, later):
        assert offline.verify(issued.content, known, at=DURING).valid
    (keys / "certificate.pem").write_bytes(before)
    with pytest.raises(BadInputError, match="would not verify"):
        made.issue(now=DURING + timedelta(days=1))
    trust.rotate(keys, AFTER)
    known = trust.known_keys(keys)
    assert [key.until for key in known].count(DURING) == 1, "the day of its retirement stays"


def test_witnesses_are_added_once_they_have_cosigned(
    made: World, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Those that signed one checkpoint together, which covers the certificate; the statement stays."""
    path = made.certify()
    before = json.loads(path.read_bytes())
    with pytest.raises(MissingError, match="no witness"):
        witnessed(path.read_bytes(), made.oversight)
    log = made.oversight / "log"
    with Log.open(log) as opened:
        opened.append(b"another entry")
        for name in ("a", "b"):
            key = SigningKey.from_seed(name.encode() * 32)
            witness = Witness(tmp_path / name, f"witness.example/{name}", key, (opened.verifier,))
            view = opened.view()
            answer = witness.add_checkpoint(request(view, 0), 1_772_366_400)
            keep_cosignature(log, view.note, answer, opened.verifier, witness.verifier)
    assert run(capfd, "certificate", "witness", path, "--data", made.data)[0] == 0
    after = json.loads(path.read_bytes())
    assert after["envelope"] == before["envelope"]
    assert len(after["witnesses"]) == 2
    report = offline.verify(path.read_bytes(), made.known, at=DURING, witnesses=after["witnesses"])
    assert report.valid, report.wrong


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def test_the_commands_from_issue_to_verify(
    made: World, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = ("--data", made.data)
    issue = ("certificate", "issue", made.model, "--inspection", made.inspection, *data)
    code, out, _ = run(capfd, *issue, "--inspector", "Ana", "--json")
    assert code == 0
    path = json.loads(out)["path"]
    assert Path(path).parent == made.oversight / "certificates"

    code, out, _ = run(capfd, "certificate", "show", path)
    assert code == 0
    assert "Ana" in out
    assert "Not verified" in out
    _, out, _ = run(capfd, "certificate", "show", path, "--json")
    assert json.loads(out)["predicate"]["inspector"] == "Ana"

    code, out, _ = run(capfd, "certificate", "verify", path, "--model", made.model, *data, "--json")
    assert code == 0
    assert json.loads(out)["valid"] is True
    made.model.write_bytes(b"other")
    code, out, _ = run(capfd, "certificate", "verify", path, "--model", made.model, *data)
    assert code == 1
    assert "WRONG  subject model/small.gguf" in " ".join(out.split()).replace(
        "WRONG subject", "WRONG  subject"
    )
    code, out, _ = run(capfd, "certificate", "verify", path, "--at", "2046-01-01T00:00:00Z", *data, "--json")
    assert code == 1
    assert [check["part"] for check in json.loads(out)["checks"] if not check["ok"]] == ["expiry"]


def test_another_installation_trusts_a_key_by_name(
    made: World, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out_file = tmp_path / "c.json"
    issue = ("certificate", "issue", made.model, "--inspection", made.inspection, "--data", made.data)
    assert run(capfd, *issue, "--out", out_file)[0] == 0
    code, _, err = run(capfd, *issue, "--out", out_file)
    assert code == 2
    assert "is there already" in err
    other = ("--data", tmp_path / "other")
    code, _, err = run(capfd, "certificate", "verify", out_file, *other)
    assert code == 3
    assert "no inspector's key is known" in err
    public = made.oversight / "keys" / "certificate.pub"
    assert run(capfd, "certificate", "verify", out_file, "--key", public, *other)[0] == 0
    trusting = ("certificate", "trust", public, "--name", "Ana", *other)
    assert run(capfd, *trusting)[0] == 0
    assert run(capfd, "certificate", "verify", out_file, *other)[0] == 0
    assert run(capfd, *trusting, "--until", "2020-01-01T00:00:00Z")[0] == 0
    assert run(capfd, "certificate", "verify", out_file, *other)[0] == 1
    _, out, _ = run(capfd, "certificate", "keys", *other, "--json")
    (row,) = json.loads(out)["keys"]
    assert (row["name"], row["until"]) == ("Ana", "2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["verify", "none.json"], 3, "no certificate"),
        (["show", "{data}"], 3, "cannot be written or read"),
        (["show", "{model}"], 2, "no certificate"),
        (["verify", "{model}", "--key", "abc"], 2, "public key"),
        (["verify", "{model}", "--key", "{pub}", "--at", "noon"], 2, "no time"),
        (["trust", "{pub}", "--name", ""], 2, "name"),
        (["issue", "{model}", "--inspection", "{data}"], 3, "report.json"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    made: World, capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    names = {"data": made.data, "model": made.model, "pub": Path(__file__).parent / "certificates" / "v1.pub"}
    given = [argument.format(**names) for argument in arguments]
    got, _, err = run(capfd, "certificate", *given, *(() if given[0] == "show" else ("--data", made.data)))
    assert got == code
    (line,) = err.splitlines()
    assert says in line


def test_a_page_of_the_package_can_be_run_as_it_lies(made: World) -> None:
    path = made.certify()
    key = made.oversight / "keys" / "certificate.pub"
    command = [
        sys.executable,
        offline.__file__,
        path,
        made.model,
        "--key",
        key,
        "--at",
        f"{ISSUED:%Y-%m-%dT%H:%M:%SZ}",
    ]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
