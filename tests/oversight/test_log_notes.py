"""Keys, notes, checkpoints, cosignatures and proofs: the specifications' examples verify, and nothing that differs does."""

from __future__ import annotations

import stat
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight import keys
from truthgpt.oversight.keys import PublicKey, SigningKey
from truthgpt.oversight.log import checkpoint, merkle, note, proof, witness
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.note import COSIGNATURE, Note, Verifier

# The example of C2SP signed-note: a key, and a note that it signed.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# The example of C2SP tlog-cosignature; its keys are not published.
COSIGNED = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(range(1, 33)))
LOG = Verifier("log.example/a", KEY.public)
WITNESS = Verifier("witness.example/w", OTHER.public, COSIGNATURE)


def test_rfc_8032_s_first_key() -> None:
    """Keys are those of RFC 8032: test 1 of its section 7.1, an empty message."""
    key = SigningKey.from_seed(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = key.sign(b"")
    assert signature.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert key.public.verifies(signature, b"")
    assert not key.public.verifies(signature, b" ")
    assert not key.public.verifies(signature[:-1], b"")


def test_the_signed_note_of_the_specification() -> None:
    """The published key verifies the published note, and both are written as they are read."""
    verifier = Verifier.parse(VKEY)
    given = note.parse(NOTE)
    note.check(given, [verifier])
    assert bytes(given) == NOTE
    assert str(verifier) == VKEY


def test_the_cosigned_checkpoint_of_the_specification() -> None:
    """It is read to the fields that the specification names, and written back to the byte."""
    given = note.parse(COSIGNED)
    assert bytes(given) == COSIGNED
    found = checkpoint.parse(given.text)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.text() == given.text
    assert [each.name for each in given.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert int.from_bytes(given.signatures[1].content[:8], "big") == 1679315147


def test_no_byte_of_a_signed_note_can_change() -> None:
    """Every bit of a note, its Base64's spare ones among them, is covered by the signature or by the form."""
    verifier = Verifier.parse(VKEY)
    for changed in _flips(NOTE):
        with pytest.raises(BadInputError):
            note.check(note.parse(changed), [verifier])
    for end in range(len(NOTE)):
        with pytest.raises(BadInputError):
            note.check(note.parse(NOTE[:end]), [verifier])


def test_signatures_of_others_are_passed_over_and_wrong_ones_are_not() -> None:
    """«Verifiers MUST ignore signatures from unknown keys»; a wrong one by a known key spoils the note."""
    given = note.signed("a\n", LOG.name, KEY)
    stranger = note.signed("a\n", "log.example/b", OTHER).signatures
    note.check(Note("a\n", stranger + given.signatures), [LOG])
    with pytest.raises(BadInputError, match="no key that is known"):
        note.check(Note("a\n", stranger), [LOG])
    wrong = note.signed("b\n", LOG.name, KEY).signatures
    with pytest.raises(BadInputError, match="is wrong"):
        note.check(Note("a\n", given.signatures + wrong), [LOG])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- example.com/foo AAAAAAA=\n",
        "text\n\n— example.com/foo AAAA\n".encode(),
        "text\n\n— example.com foo AAAAAAAA\n".encode(),
        "te\x00xt\n\n— example.com/foo AAAAAAA=\n".encode(),
        "text\n\n— example.com/foo AAAAAAA=".encode(),
        b"\xff\n\n",
        b"x" * (note.LARGEST + 1),
        b"text\n\n" + "— a AAAAAAA=\n".encode() * 101,
    ],
)
def test_what_is_no_note_is_refused_in_a_line(content: bytes) -> None:
    """A damaged or hostile note is one clear error, whatever it is."""
    with pytest.raises(BadInputError) as error:
        note.parse(content)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\n" + note.encoded(bytes(32)) + "\n",
        "origin\n-1\n" + note.encoded(bytes(32)) + "\n",
        "origin\n1\n" + note.encoded(bytes(31)) + "\n",
        "origin\n0\n" + note.encoded(bytes(32)) + "\n",
        "origin\n1\n\n" + note.encoded(bytes(32)) + "\n",
        "\n1\n" + note.encoded(bytes(32)) + "\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """A signed text that is none is not taken for a size and a root."""
    with pytest.raises(BadInputError):
        checkpoint.parse(text)


def test_a_cosignature_holds_for_its_text_and_its_time() -> None:
    """A witness's line verifies as long as text, time and key are what they were."""
    given = note.parse(Checkpoint("log.example/a", 3, bytes(32)).signed(KEY))
    line = witness.cosign(given.text, WITNESS.name, OTHER, 1_700_000_000)
    signed = Note(given.text, (*given.signatures, line))
    note.check(signed, [LOG])
    (found,) = witness.cosignatures(signed, [WITNESS])
    assert (found.name, found.time) == (WITNESS.name, 1_700_000_000)
    assert OTHER.public.verifies(line.content[8:], b"cosignature/v1\ntime 1700000000\n" + given.text.encode())
    for changed in _flips(line.content):
        spoiled = Note(given.text, (note.Signature(line.name, line.key_id, changed),))
        with pytest.raises(BadInputError):
            witness.cosignatures(spoiled, [WITNESS])
    assert witness.cosignatures(given, [WITNESS]) == ()
    with pytest.raises(BadInputError, match="no key that is known"):
        note.check(Note(given.text, (line,)), [WITNESS])  # a cosignature is no signature of a log


def test_a_vkey_that_was_changed_is_none() -> None:
    """Its id covers name and key, so that a slip in copying it is seen."""
    vkey = str(WITNESS)
    assert Verifier.parse(vkey) == WITNESS
    for changed in _flips(vkey.encode()):
        with pytest.raises(BadInputError):
            Verifier.parse(changed.decode("utf-8", "replace"))


def test_a_proof_is_its_text() -> None:
    """What C2SP tlog-proof writes is read back, with and without extra data, and no byte of it can change."""
    leaf = merkle.leaf_hash(b"entry")
    root = merkle.node_hash(leaf, bytes(32))
    signed = Checkpoint(LOG.name, 2, root).signed(KEY)
    plain = proof.Proof(0, (bytes(32),), signed)
    assert bytes(plain).split(b"\n")[:2] == [b"c2sp.org/tlog-proof@v1", b"index 0"]
    for given in (plain, proof.Proof(0, (bytes(32),), signed, extra=b"more")):
        content = bytes(given)
        assert proof.parse(content) == given
        assert proof.parse(content).check(b"entry", [LOG]).size == 2
    for changed in _flips(bytes(plain)):
        with pytest.raises(BadInputError):
            proof.parse(changed).check(b"entry", [LOG])
    with pytest.raises(BadInputError, match="does not hold"):
        plain.check(b"another", [LOG])


def test_keys_are_made_once_and_read_by_their_owner_alone(tmp_path: Path) -> None:
    """The first use makes a key that stays, each purpose its own; nobody else may read the private half."""
    folder = tmp_path / "keys"
    with pytest.raises(MissingError):
        keys.existing_key(folder, keys.LOG)
    with pytest.raises(MissingError):
        keys.public_key(folder, keys.LOG)
    key = keys.signing_key(folder, keys.LOG)
    assert keys.signing_key(folder, keys.LOG).public == key.public
    assert keys.existing_key(folder, keys.LOG).public == key.public
    assert keys.public_key(folder, keys.LOG) == key.public
    assert keys.signing_key(folder, keys.CERTIFICATE).public != key.public
    assert stat.S_IMODE((folder / "log.pem").stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(key)
    assert PublicKey.from_pem(key.public.pem()) == key.public
    assert sorted(path.name for path in folder.iterdir()) == [
        "certificate.pem",
        "certificate.pub",
        "log.pem",
        "log.pub",
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o644),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-30]),
        lambda path: path.write_bytes(path.with_suffix(".pub").read_bytes()),
    ],
)
def test_a_spoiled_key_is_refused(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """A key that others could read, or that is none, signs nothing."""
    keys.signing_key(tmp_path, keys.LOG)
    spoil(tmp_path / "log.pem")
    with pytest.raises(BadInputError):
        keys.signing_key(tmp_path, keys.LOG)


def test_processes_that_make_a_key_at_once_get_one(tmp_path: Path) -> None:
    """A server and a command line that start together on an empty folder sign with the same key."""
    with get_context("fork").Pool(4) as pool:
        made = pool.map(_made, [tmp_path] * 16)
    assert len(set(made)) == 1


def _made(folder: Path) -> bytes:
    return keys.signing_key(folder, keys.LOG).public.raw


def _flips(content: bytes) -> list[bytes]:
    """`content` with one bit of one byte changed, each byte in turn: its lowest, and its highest."""
    return [
        content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
        for at in range(len(content))
        for bit in (0x01, 0x80)
    ]
