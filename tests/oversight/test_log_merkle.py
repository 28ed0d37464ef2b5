"""The tree is RFC 6962's: its hashes and proofs are those of published vectors and of a plain recursion over all leaves."""

from __future__ import annotations

import hashlib
import random

import pytest

from truthgpt.oversight.log import merkle
from truthgpt.oversight.log.merkle import ProofError

# The eight entries, roots and proofs with which implementations of Certificate Transparency are commonly tested
# (google/certificate-transparency, transparency-dev/merkle).
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_the_published_roots() -> None:
    """Any other implementation finds the same root in our entries."""
    assert [_root(ENTRIES[:size]).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_published_audit_paths(index: int, size: int) -> None:
    """Any other implementation takes our proofs of inclusion."""
    path = merkle.inclusion_proof(_node(ENTRIES[:size]), index, size)
    assert [hash_.hex() for hash_ in path] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_published_consistency_proofs(old: int, new: int) -> None:
    """Any other implementation takes our proofs of consistency."""
    proof = merkle.consistency_proof(_node(ENTRIES[:new]), old, new)
    assert [hash_.hex() for hash_ in proof] == CONSISTENCY[old, new]


def test_every_proof_of_small_trees_is_the_recursion_s() -> None:
    """Proofs agree with the RFC's recursive definitions, written out below over all leaves, and verify."""
    entries = [bytes([number]) for number in range(34)]
    for size in range(1, len(entries) + 1):
        part = entries[:size]
        node, root = _node(part), _plain_root(part)
        assert _root(part) == root
        for index in range(size):
            path = merkle.inclusion_proof(node, index, size)
            assert path == _plain_path(index, part)
            merkle.check_inclusion(merkle.leaf_hash(part[index]), index, size, path, root)
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(node, old, size)
            assert proof == _plain_subproof(old, part, whole=True)
            merkle.check_consistency(old, _plain_root(part[:old]), size, root, proof)


def test_a_changed_proof_does_not_verify() -> None:
    """A bit flipped anywhere, a hash too many or too few, another index, another size: none of them passes."""
    entries = [bytes([number]) for number in range(13)]
    node, root = _node(entries), _plain_root(entries)
    random_ = random.Random(5)
    for index in range(13):
        leaf = merkle.leaf_hash(entries[index])
        path = merkle.inclusion_proof(node, index, 13)
        for changed in _changes(path, random_):
            with pytest.raises(ProofError):
                merkle.check_inclusion(leaf, index, 13, changed, root)
        for other in {*range(14)} - {index}:
            with pytest.raises(ProofError):
                merkle.check_inclusion(leaf, other, 13, path, root)
    for old in range(1, 13):
        old_root = _plain_root(entries[:old])
        proof = merkle.consistency_proof(node, old, 13)
        for changed in _changes(proof, random_):
            with pytest.raises(ProofError):
                merkle.check_consistency(old, old_root, 13, root, changed)
        for other in {*range(14)} - {old}:
            with pytest.raises(ProofError):
                merkle.check_consistency(other, old_root, 13, root, proof)


def test_the_empty_tree_begins_every_tree() -> None:
    """A log that was seen empty is consistent with whatever it became, and with nothing but its one root."""
    root = _root(ENTRIES)
    assert merkle.consistency_proof(_node(ENTRIES), 0, 8) == []
    merkle.check_consistency(0, merkle.EMPTY, 8, root, [])
    with pytest.raises(ProofError):
        merkle.check_consistency(0, root, 8, root, [])
    with pytest.raises(ProofError):
        merkle.check_consistency(8, merkle.EMPTY, 8, root, [])


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    """An index or a size beyond the tree is refused, not proven."""
    node = _node(ENTRIES)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ProofError):
            merkle.inclusion_proof(node, index, size)
    for old, new in ((9, 8), (-1, 8)):
        with pytest.raises(ProofError):
            merkle.consistency_proof(node, old, new)


def _root(entries: list[bytes]) -> bytes:
    return merkle.range_hash(_node(entries), 0, len(entries))


def _node(entries: list[bytes]) -> merkle.Node:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    return lambda height, at: merkle.complete_hash(leaves[at << height : (at + 1) << height])


def _changes(hashes: list[bytes], random_: random.Random) -> list[list[bytes]]:
    changes = [[*hashes, bytes(32)], [bytes(32), *hashes]]
    for at, hash_ in enumerate(hashes):
        byte, bit = random_.randrange(32), random_.randrange(8)
        flipped = hash_[:byte] + bytes([hash_[byte] ^ 1 << bit]) + hash_[byte + 1 :]
        changes.append([*hashes[:at], flipped, *hashes[at + 1 :]])
        changes.append(hashes[:at] + hashes[at + 1 :])
    return changes


# RFC 6962, section 2.1, as it is written: recursion over lists of entries, with nothing of the code under test.


def _k(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def _plain_root(entries: list[bytes]) -> bytes:
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = _k(len(entries))
    return hashlib.sha256(b"\1" + _plain_root(entries[:k]) + _plain_root(entries[k:])).digest()


def _plain_path(index: int, entries: list[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = _k(len(entries))
    if index < k:
        return [*_plain_path(index, entries[:k]), _plain_root(entries[k:])]
    return [*_plain_path(index - k, entries[k:]), _plain_root(entries[:k])]


def _plain_subproof(old: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    if old == len(entries):
        return [] if whole else [_plain_root(entries)]
    k = _k(len(entries))
    if old <= k:
        return [*_plain_subproof(old, entries[:k], whole=whole), _plain_root(entries[k:])]
    return [*_plain_subproof(old - k, entries[k:], whole=False), _plain_root(entries[:k])]
