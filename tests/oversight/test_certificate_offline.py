"""The page of Python that verifies a certificate offline: what it takes, and that no byte of one may differ."""

from __future__ import annotations

import base64
import hashlib
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import cryptography
import pytest
from certificate_maker import AFTER, DURING, ISSUED, World, changed, cosigned, signed_again, world

from truthgpt.oversight.certificate import offline
from truthgpt.oversight.certificate.offline import Report, verify
from truthgpt.oversight.keys import SigningKey

FIXTURES = Path(__file__).parent / "certificates"
MADE = sorted(FIXTURES.glob("v*.json"))
KEYS = offline.read_keys(str(FIXTURES / "v1.pub"))
WITNESS = SigningKey.from_seed(bytes([1]) * 32)


def wrong(report: Report) -> list[str]:
    return [check.part for check in report.wrong]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def content(made: World) -> bytes:
    return made.issue().content


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_certificates_of_earlier_versions_verify_for_ever(path: Path) -> None:
    report = verify(path.read_bytes(), KEYS, at=DURING, beside=FIXTURES)
    assert report.valid, report.wrong
    assert "subject model/small.gguf" in [check.part for check in report.checks]


def test_any_byte_changed_is_refused() -> None:
    """Each byte of the file in turn, whitespace and base64 too: by one of its bits, or to a letter that could stand there."""
    whole = (FIXTURES / "v1-cosigned.json").read_bytes()
    rng = random.Random(1)
    for place, byte in enumerate(whole):
        other = byte ^ 1 << rng.randrange(8) if place % 2 else rng.choice(b"AZaz09+/= \n")
        if other != byte:
            report = verify(whole[:place] + bytes([other]) + whole[place + 1 :], KEYS, at=DURING)
            assert not report.valid, (place, byte, other)
            assert report.wrong, "it says which part"


def test_what_was_changed_is_named() -> None:
    """A letter of the statement, the signature, the log's entry, the proof, the root, a cosignature: each has its name."""
    whole = (FIXTURES / "v1-cosigned.json").read_bytes()
    text = whole.decode()
    places = {
        "statement": text.index('"payload":"') + 400,
        "signature": text.index('"sig":"') + 20,
        "entry": text.index('statement\\":\\"') + 20,
        "proof": text.index("index 11\\n") + 20,
        "checkpoint": text.index("— truthgpt.local") - 20,
        "cosignature": text.index("— witness.example/b") + 50,
    }
    for part, place in places.items():
        letter = "b" if text[place] == "a" else "a"
        changed_text = text[:place] + letter + text[place + 1 :]
        report = verify(changed_text.encode(), KEYS, at=DURING)
        assert part in wrong(report), (part, report.wrong)
        assert "file" not in wrong(report)


@pytest.mark.parametrize(
    "edit",
    [
        lambda whole: whole + b"\n",
        lambda whole: whole[:-1],
        lambda whole: b" " + whole,
        lambda whole: whole.replace(b'","', b'", "', 1),
        lambda whole: whole.replace(b'"format"', b'"format" ', 1),
        lambda whole: whole.replace(b"truthgpt", b"\\u0074ruthgpt", 1),
        lambda whole: whole.replace(b'{"entry"', b'{"a":1,"entry"', 1),
        lambda whole: whole.replace(b'"format":"', b'"format":"x', 1),
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"\xff" + whole,
        lambda whole: b"[" * 100_000,
        lambda whole: b"",
        lambda whole: b"null\n",
        lambda whole: b"x" * (offline.LARGEST + 1),
    ],
)
def test_a_file_that_only_reads_the_same_is_refused(edit: Callable[[bytes], bytes]) -> None:
    """Spaces, order, escapes and line ends count: the file has one form."""
    report = verify(edit(MADE[0].read_bytes()), KEYS, at=DURING)
    assert wrong(report) == ["file"]


def test_base64_that_decodes_to_the_same_is_refused(content: bytes, made: World) -> None:
    """The spare bits at the end of a signature are no place to hide in."""
    text = content.decode()
    end = text.index('=="}]')
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters[letters.index(text[end - 1]) ^ 1]
    other = text[: end - 1] + last + text[end:]
    assert base64.b64decode(text[end - 2 : end + 2]) == base64.b64decode(other[end - 2 : end + 2])
    assert wrong(verify(other.encode(), made.known, at=DURING)) == ["signature"]


def test_it_holds_from_its_issue_until_before_it_expires(content: bytes, made: World) -> None:
    assert verify(content, made.known, at=ISSUED).valid
    assert wrong(verify(content, made.known, at=AFTER)) == ["expiry"]
    assert wrong(verify(content, made.known, at=ISSUED.replace(hour=11))) == ["expiry"]


def test_only_known_keys_are_believed(content: bytes, made: World) -> None:
    """And each only for what was issued in its days."""
    (key,) = made.known
    assert wrong(verify(content, [], at=DURING)) == ["key"]
    assert wrong(verify(content, KEYS, at=DURING)) == ["key"]
    assert verify(content, [*KEYS, key], at=DURING).valid
    assert verify(content, [offline.Key(key.raw, since=ISSUED, until=DURING)], at=DURING).valid
    assert wrong(verify(content, [offline.Key(key.raw, until=ISSUED)], at=DURING)) == ["key"]
    assert wrong(verify(content, [offline.Key(key.raw, since=DURING)], at=DURING)) == ["key"]


def test_another_predicate_is_none_of_ours(content: bytes, made: World) -> None:
    other = signed_again(made, content, predicateType="https://slsa.dev/provenance/v1")
    assert wrong(verify(other, made.known, at=DURING)) == ["predicate type"]
    assert wrong(verify(signed_again(made, content, _type="x"), made.known, at=DURING)) == ["statement"]


def test_what_the_log_does_not_know_is_refused(content: bytes, made: World) -> None:
    """A statement that the inspector signed and never logged, under the entry of another."""
    other = signed_again(made, content, subject=[{"name": "model/other", "digest": {"sha256": "00"}}])
    assert wrong(verify(other, made.known, at=DURING)) == ["entry"]


def test_the_models_files_are_the_subjects(content: bytes, made: World, tmp_path: Path) -> None:
    """All of them and no others; the one that is wrong is named."""
    digest = hashlib.sha256(made.model.read_bytes()).hexdigest()
    other = "0" * 64

    def check(files: dict[Path, str]) -> list[str]:
        return wrong(verify(content, made.known, at=DURING, files=files))

    assert check({made.model: digest}) == []
    assert check({tmp_path / "renamed.gguf": digest}) == []
    assert check({made.model: other}) == ["subject model/small.gguf"]
    assert check({}) == ["subject model/small.gguf"]
    assert check({made.model: digest, tmp_path / "adapter.gguf": other}) == ["subject adapter.gguf"]
    assert check({made.model: other, tmp_path / "copy.gguf": digest}) == ["subject model/small.gguf"]


def test_a_file_beside_it_is_looked_at(content: bytes, made: World, tmp_path: Path) -> None:
    (tmp_path / "small.gguf").write_bytes(b"other weights")
    report = verify(content, made.known, at=DURING, beside=tmp_path)
    assert wrong(report) == ["subject model/small.gguf"]


def test_witnesses_have_signed_or_are_not_listed(content: bytes, made: World) -> None:
    whole = cosigned(content, "witness.example/a", WITNESS, 1_772_366_400)
    (vkey,) = offline.json.loads(whole)["witnesses"]

    def check(certificate: bytes, *wanted: str) -> list[str]:
        return wrong(verify(certificate, made.known, at=DURING, witnesses=wanted))

    assert check(whole) == []
    assert check(whole, vkey) == []
    assert check(content, vkey) == ["cosignature"]
    assert check(changed(whole, witnesses=[])) == ["cosignature"]
    assert check(changed(content, witnesses=[vkey])) == ["cosignature"]
    assert check(changed(whole, witnesses=[vkey, vkey])) == ["checkpoint"]
    twice = changed(cosigned(whole, "witness.example/a", WITNESS, 1_772_366_401), witnesses=[vkey])
    assert check(twice) == ["cosignature"]


def test_the_pages_proofs_are_those_of_the_rfc() -> None:
    """Against the definition of RFC 6962, 2.1, written out: every entry of every tree of up to 17, and other indices refused."""

    def root(leaves: Sequence[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        k = 1 << (len(leaves) - 1).bit_length() - 1
        return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()

    def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
        if len(leaves) == 1:
            return []
        k = 1 << (len(leaves) - 1).bit_length() - 1
        if index < k:
            return [*path(index, leaves[:k]), root(leaves[k:])]
        return [*path(index - k, leaves[k:]), root(leaves[:k])]

    leaves = [hashlib.sha256(bytes([0, n])).digest() for n in range(17)]
    for size in range(1, 18):
        whole = root(leaves[:size])
        for index in range(size):
            proof = path(index, leaves[:size])
            assert offline.root_of(leaves[index], index, size, proof) == whole
            for other in range(size + 2):
                if other != index:
                    assert offline.root_of(leaves[index], other, size, proof) != whole
            assert offline.root_of(leaves[index], index, size, [*proof, whole]) is None
            if proof:
                assert offline.root_of(leaves[index], index, size, proof[:-1]) != whole


def test_keys_are_read_in_all_their_forms(tmp_path: Path) -> None:
    (key,) = KEYS
    plain = base64.b64encode(key.raw).decode()
    listed = tmp_path / "keys.json"
    listed.write_text(f'[{{"key": "{plain}", "name": "Ana", "from": "2026-01-01T00:00:00Z", "until": null}}]')
    assert offline.read_keys(plain) == [key]
    (found,) = offline.read_keys(str(listed))
    assert (found.raw, found.name, found.until) == (key.raw, "Ana", None)
    assert found.since is not None
    for bad in ("", "x", plain[:-4], "[]x", '[{"name": "Ana"}]', "-----BEGIN PUBLIC KEY-----", "a\0b"):
        with pytest.raises(ValueError, match=r"key|read"):
            offline.read_keys(bad)


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The page alone, run where nothing but Python and `cryptography` can be imported."""
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "cryptography").symlink_to(Path(cryptography.__file__).parent)
    (bare / "cffi").symlink_to(Path(cffi.__file__).parent)
    (bare / Path(_cffi_backend.__file__).name).symlink_to(_cffi_backend.__file__)
    copy = tmp_path / "verify_certificate.py"
    copy.write_bytes(Path(offline.__file__).read_bytes())
    start = (
        f"import sys; sys.path.append({str(bare)!r}); import runpy; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )

    def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", start, str(copy), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


def test_the_page_needs_cryptography_alone(
    page: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Valid 0, wrong 1 with the part named, bad use 2; no TruthGPT can be imported there."""
    made, key = MADE[0], FIXTURES / "v1.pub"
    good = page(made, FIXTURES / "small.gguf", "--key", key, "--at", "2026-04-01T00:00:00Z")
    assert good.returncode == 0, good.stderr
    assert good.stdout.endswith("\nvalid\n")
    assert '"trainingFlop": 1500000000000000000' in good.stdout
    other = tmp_path / "other.json"
    other.write_bytes(made.read_bytes().replace(b"index 1", b"index 2"))
    bad = page(other, "--key", key, "--at", "2026-04-01T00:00:00Z")
    assert bad.returncode == 1
    assert "WRONG  proof:" in bad.stdout
    assert bad.stdout.endswith("\nNOT VALID\n")
    assert page(tmp_path / "none.json", "--key", key).returncode == 2
