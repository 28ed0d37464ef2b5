"""A repository of the AT Protocol in, its posts' and reposts' records with their keys out.

A repository is a commit that names a tree, nodes of the tree that name records, and the records, in any order. Two
passes over the file keep only the tree in memory: the first reads the commit and the nodes, the second the records.
Format: https://atproto.com/specs/repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from truthgpt.corpus.readers import car
from truthgpt.corpus.readers.fields import NAME
from truthgpt.corpus.readers.open import DamagedError
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError

POST = "app.bsky.feed.post/"
REPOST = "app.bsky.feed.repost/"

_PROFILE = "app.bsky.actor.profile/self"
_TYPE = b"app.bsky.actor.profile"
_NODE = b"\xa2\x61e"
"""A map of two, the first key `e`: how a node of the tree begins in DAG-CBOR, whose keys are sorted."""
_MAX_KEYS = 2_000_000
"""Posts and nodes of a repository that are held; few have more than some hundred thousand."""
_MAX_KEY = 1024
"""Bytes of a key, by the specification."""
_MAX_PROFILES = 16
"""Records that may be the profile: which one is, the tree says."""
_MISSING = "a part of its tree is not in the file: the posts under it are not read"


@dataclass(slots=True)
class _Node:
    """`keys` of posts, reposts and the profile, with their records' CIDs; `below` are the CIDs of its subtrees."""

    keys: list[tuple[str, bytes]]
    below: list[bytes]


@dataclass(slots=True)
class Repository:
    """Whose repository it is, its profile's record (`{}` if it has none), where each record is named, and what was
    wrong with the file as a whole."""

    did: str
    profile: dict[str, Any]
    keys: dict[bytes, list[str]]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source) -> Repository:
        """Reads the commit and the tree. `BadInputError` if there is no commit."""
        roots = car.roots(source)
        commit: dict[str, Any] = {}
        nodes: dict[bytes, _Node] = {}
        profiles: dict[bytes, dict[str, Any]] = {}
        faults: list[str] = []
        held = 0
        try:
            for block in car.blocks(source):
                if block.cid in roots:
                    commit = commit or block.value() or {}
                elif block.data.startswith(_NODE) and held <= _MAX_KEYS:
                    if (value := block.value()) and (node := _node(value)):
                        nodes[block.cid] = node
                        held += 1 + len(node.keys) + len(node.below)
                elif _TYPE in block.data and len(profiles) < _MAX_PROFILES:
                    value = block.value() or {}
                    if value.get("$type") == _TYPE.decode():
                        profiles[block.cid] = value
        except DamagedError as error:
            faults.append(error.reason)
        did, tree = commit.get("did"), commit.get("data")
        if not isinstance(did, str) or not did.startswith("did:") or not isinstance(tree, bytes):
            raise BadInputError(f"{source.path} holds no commit of a Bluesky repository: get the export anew")
        if held > _MAX_KEYS:
            faults.append(f"more than {_MAX_KEYS:,} posts and nodes: those after them are not read")
        repository = cls(did[:NAME], {}, {}, faults)
        repository._walk(tree, nodes, profiles)
        return repository

    def records(self, source: Source) -> Iterator[tuple[str, int, dict[str, Any] | str]]:
        """The key, the block's number and the record of each post and repost, in the order of the file; instead of
        the record the reason why it cannot be read."""
        found: set[bytes] = set()
        try:
            for block in car.blocks(source):
                keys = self.keys.get(block.cid)
                if keys is None or block.cid in found:
                    continue
                found.add(block.cid)
                record = block.value() or block.fault or "a record that is damaged"
                for key in keys:
                    yield key, block.number, record
        except DamagedError:
            pass  # it stands among the faults
        for cid, keys in self.keys.items():
            if cid not in found:
                for key in keys:
                    yield key, 0, "a record that is not in the file"

    def _walk(self, tree: bytes, nodes: dict[bytes, _Node], profiles: dict[bytes, dict[str, Any]]) -> None:
        """Gathers the keys of all nodes under `tree`, each once."""
        seen = {tree}
        left = [tree]
        while left:
            node = nodes.get(left.pop())
            if node is None:
                if _MISSING not in self.faults:
                    self.faults.append(_MISSING)
                continue
            for key, cid in node.keys:
                if key == _PROFILE:
                    self.profile = profiles.get(cid, {})
                else:
                    self.keys.setdefault(cid, []).append(key)
            new = [cid for cid in node.below if cid not in seen]
            seen.update(new)
            left.extend(new)


def _node(value: dict[str, Any]) -> _Node | None:
    """A node, `None` if it is none. Each key is written without what it shares with the one before it."""
    entries = value.get("e")
    if not isinstance(entries, list):
        return None
    node = _Node([], [value["l"]] if isinstance(value.get("l"), bytes) else [])
    last = b""
    for entry in entries:
        if not isinstance(entry, dict):
            return None
        shared, rest, cid, below = (entry.get(key) for key in "pkvt")
        if type(shared) is not int or not isinstance(rest, bytes) or not isinstance(cid, bytes):
            return None
        if not 0 <= shared <= len(last) or shared + len(rest) > _MAX_KEY:
            return None
        last = last[:shared] + rest
        if isinstance(below, bytes):
            node.below.append(below)
        key = last.decode("ascii", "replace")
        if key.startswith((POST, REPOST)) or key == _PROFILE:
            node.keys.append((key, cid))
    return node
