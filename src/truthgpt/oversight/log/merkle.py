"""The Merkle tree of RFC 6962, section 2.1: hashes, proofs and what verifies them, as functions of their arguments alone.

`D[n]` is a list of n entries, `MTH` the Merkle Tree Hash of a list. A proof is made from hashes of *complete subtrees*:
`Node` is a function of (height k, position i) that gives MTH(D[i·2^k : (i+1)·2^k]), from wherever they are kept. The
size of a tree is a number of leaves; a hash has 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import reduce

Node = Callable[[int, int], bytes]

HASH = 32
"""Bytes of a hash."""

EMPTY = hashlib.sha256(b"").digest()
"""«The hash of an empty list is the hash of an empty string: MTH({}) = SHA-256().»"""


class ProofError(Exception):
    """A proof that does not prove what it is given for; its text says where it fails."""


def leaf_hash(entry: bytes) -> bytes:
    """«The hash of a list with one entry (also known as a leaf hash) is: MTH({d(0)}) = SHA-256(0x00 || d(0)).»"""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """«MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))», of the hashes of the two halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """«Let k be the largest power of two smaller than n (i.e., k < n <= 2k)»; `size` is n, at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, left to right as (height, position), that make up D[start:end] in a tree which holds it.

    `start` is a multiple of the power of two that is at least `end - start`, as in every list of which the RFC takes
    the hash; their heights then fall from left to right.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def range_hash(node: Node, start: int, end: int) -> bytes:
    """MTH(D[start:end]), for the ranges of `subtrees`: each right end is hashed into the subtree on its left."""
    return joined([node(height, position) for height, position in subtrees(start, end)])


def joined(peaks: Sequence[bytes]) -> bytes:
    """MTH of a list, of the hashes of the complete subtrees that make it up, largest first."""
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks)) if peaks else EMPTY


def complete_hash(hashes: Sequence[bytes]) -> bytes:
    """MTH over 2^k hashes of complete subtrees of one height, as over leaves."""
    row = list(hashes)
    sha256 = hashlib.sha256
    while len(row) > 1:
        row = [
            sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)
        ]  # spelled out: it is most of the time of a verification
    return row[0]


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (2.1.1).

    «PATH(m, D[n]) = PATH(m, D[0:k]) : MTH(D[k:n]) for m < k; and
    PATH(m, D[n]) = PATH(m - k, D[k:n]) : MTH(D[0:k]) for m >= k.» Raises `ProofError` where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_hash(node, middle, end))
            end = middle
        else:
            path.append(range_hash(node, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` (2.1.2): SUBPROOF(m, D[n], true).

    «If m <= k, the right subtree entries D[k:n] only exist in the current tree. We prove that the left subtree entries
    D[0:k] are consistent and add a commitment to D[k:n]. If m > k, the left subtree entries D[0:k] are identical in both
    trees. We prove that the right subtree entries D[k:n] are consistent and add a commitment to D[0:k].» Empty where the
    sizes are equal, or `old` is 0: the empty tree begins every tree. Raises `ProofError` where `old` is more than `new`.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves does not begin with one of {old}")
    if old in (0, new):
        return []
    start, end = 0, new
    proof = []
    whole = True  # whether the subtree that is looked at begins where the old tree does
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            proof.append(range_hash(node, middle, end))
            end = middle
        else:
            proof.append(range_hash(node, start, middle))
            start = middle
            whole = False
    if not whole:
        proof.append(range_hash(node, start, end))
    return proof[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that `path` leads to from the hash `leaf` at `index` (RFC 9162, 2.1.3.2, which spells out RFC 6962).

    Raises `ProofError` when the path is not as long as the tree is high there.
    """
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    first, last = index, size - 1
    result = leaf
    for hash_ in path:
        if last == 0:
            raise ProofError(f"{len(path)} hashes are more than the path of leaf {index} of {size} has")
        if first & 1 or first == last:
            result = node_hash(hash_, result)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            result = node_hash(result, hash_)
        first >>= 1
        last >>= 1
    if last:
        raise ProofError(f"{len(path)} hashes are fewer than the path of leaf {index} of {size} has")
    return result


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises `ProofError` unless `path` proves the hash `leaf` at `index` of the tree of `size` leaves with `root`."""
    found = root_of_inclusion(leaf, index, size, path)
    if found != root:
        raise ProofError(f"the path of leaf {index} leads to root {found.hex()}, not {root.hex()}")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises `ProofError` unless `proof` shows that the new tree begins with the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves does not begin with one of {old}")
    if old in (0, new):
        if proof:
            raise ProofError(f"{len(proof)} hashes where none are needed")
        if old == new and old_root != new_root:
            raise ProofError(f"two trees of {new} leaves: root {old_root.hex()} and {new_root.hex()}")
        if old == 0 and old_root != EMPTY:
            raise ProofError(f"the empty tree has root {EMPTY.hex()}, not {old_root.hex()}")
        return
    # «If first is an exact power of 2, then prepend first_hash to the consistency_path array.»
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofError("no hashes where some are needed")
    first, last = old - 1, new - 1
    while first & 1:
        first >>= 1
        last >>= 1
    old_found = new_found = path[0]
    for hash_ in path[1:]:
        if last == 0:
            raise ProofError(f"{len(proof)} hashes are more than a proof from {old} to {new} has")
        if first & 1 or first == last:
            old_found = node_hash(hash_, old_found)
            new_found = node_hash(hash_, new_found)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            new_found = node_hash(new_found, hash_)
        first >>= 1
        last >>= 1
    if last:
        raise ProofError(f"{len(proof)} hashes are fewer than a proof from {old} to {new} has")
    if old_found != old_root:
        raise ProofError(f"the proof leads to old root {old_found.hex()}, not {old_root.hex()}")
    if new_found != new_root:
        raise ProofError(f"the proof leads to new root {new_found.hex()}, not {new_root.hex()}")
