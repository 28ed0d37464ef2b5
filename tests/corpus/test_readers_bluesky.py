"""Bluesky: a repository whose records are found through its tree, and Jetstream's events in both of its layouts."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libipld
import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, Row, car, read
from truthgpt.errors import BadInputError

DID = "did:plc:abcdefghijklmnopqrstuvwx"
POST = "app.bsky.feed.post"
AT = f"at://{DID}/{POST}"
OTHER = f"at://did:plc:zyxwvutsrqponmlkjihgfedc/{POST}/3kaaaaaaaaaaa"


def record(text: str = "a text", **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "langs": ["pt-BR"], "createdAt": "2024-05-01T10:00:00.123Z", **more}


def packed(value: object) -> tuple[bytes, bytes]:
    """The CID and the bytes of a block."""
    data = libipld.encode_dag_cbor(value)
    return b"\x01\x71\x12\x20" + hashlib.sha256(data).digest(), data


def varint(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def framed(blocks: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(varint(len(cid) + len(data)) + cid + data for cid, data in blocks)


def header(*roots: bytes) -> bytes:
    data = libipld.encode_dag_cbor({"roots": list(roots), "version": 1})
    return varint(len(data)) + data


def node(entries: list[tuple[str, bytes, bytes | None]], left: bytes | None = None) -> tuple[bytes, bytes]:
    """A node of the tree; each key is written without what it shares with the one before it."""
    written = []
    last = b""
    for name, cid, below in entries:
        key = name.encode()
        shared = next(
            (i for i, pair in enumerate(zip(last, key, strict=False)) if pair[0] != pair[1]),
            min(len(last), len(key)),
        )
        written.append({"k": key[shared:], "p": shared, "t": below, "v": cid})
        last = key
    return packed({"e": written, "l": left})


def repository(records: Mapping[str, object], *, did: str = DID, split: int = 3) -> list[tuple[bytes, bytes]]:
    """Commit, tree and records: nodes of `split` keys under one root, the first of them to its left."""
    keys = sorted(records)
    values = {key: packed(records[key]) for key in keys}
    leaves = [
        node([(key, values[key][0], None) for key in keys[at : at + split]])
        for at in range(0, len(keys), split + 1)
    ]
    between = keys[split :: split + 1]
    entries = [
        (key, values[key][0], leaves[number + 1][0] if number + 1 < len(leaves) else None)
        for number, key in enumerate(between)
    ]
    root = node(entries, leaves[0][0] if leaves else None)
    commit = packed(
        {"did": did, "version": 3, "data": root[0], "rev": "3kaaaaaaaaaaa", "prev": None, "sig": b"sig"}
    )
    return [commit, root, *leaves, *values.values()]


def written(folder: Path, blocks: list[tuple[bytes, bytes]], name: str = "repo.car") -> Path:
    path = folder / name
    path.write_bytes(header(blocks[0][0]) + framed(blocks))
    return path


def of(folder: Path, records: Mapping[str, object]) -> list[Row]:
    return list(read(written(folder, repository(records))))


def only(folder: Path, value: dict[str, Any], **others: object) -> Post:
    (post,) = of(folder, {f"{POST}/3k1": value, **others})
    assert isinstance(post, Post), post
    return post


def test_a_post_of_a_repository(tmp_path: Path) -> None:
    reply = {"root": {"uri": AT + "/3k0", "cid": "bafy"}, "parent": {"uri": OTHER, "cid": "bafy"}}
    assert only(tmp_path, record("Olá 🌉", reply=reply)) == Post(
        id=f"{AT}/3k1",
        text="Olá 🌉",
        author=DID,
        created_at=datetime(2024, 5, 1, 10, 0, 0, 123000, tzinfo=UTC),
        language="pt",
        url=f"https://bsky.app/profile/{DID}/post/3k1",
        source="repo",
        reply_to=OTHER,
    )


def test_records_are_found_through_the_tree_in_any_order(tmp_path: Path) -> None:
    records = {f"{POST}/3k{number:03}": record(f"text {number}") for number in range(100)}
    records["app.bsky.feed.like/3k000"] = {"$type": "app.bsky.feed.like", "subject": {"uri": OTHER}}
    first, *blocks = repository(records)
    for order in (blocks, blocks[::-1]):
        found = {
            row.id: row.text for row in read(written(tmp_path, [first, *order])) if isinstance(row, Post)
        }
        assert found == {f"{AT}/3k{number:03}": f"text {number}" for number in range(100)}


def test_two_keys_may_name_one_record(tmp_path: Path) -> None:
    rows = of(tmp_path, {f"{POST}/3k1": record(), f"{POST}/3k2": record()})
    assert [row.id for row in rows if isinstance(row, Post)] == [f"{AT}/3k1", f"{AT}/3k2"]


def test_a_packed_repository(tmp_path: Path) -> None:
    path = written(tmp_path, repository({f"{POST}/3k1": record()}))
    gz = tmp_path / "repo.car.gz"
    gz.write_bytes(gzip.compress(path.read_bytes()))
    assert [row.id for row in read(gz) if isinstance(row, Post)] == [f"{AT}/3k1"]


def test_a_repost_is_no_post_and_names_what_it_repeats(tmp_path: Path) -> None:
    repost = {"$type": "app.bsky.feed.repost", "subject": {"uri": OTHER}, "createdAt": "2024-05-01T10:00:00Z"}
    (row,) = of(tmp_path, {"app.bsky.feed.repost/3k1": repost})
    assert isinstance(row, Rejected)
    assert row.reason == f"a repost of {OTHER}, without text of its own"


@pytest.mark.parametrize(
    ("embed", "quotes"),
    [
        ({"$type": "app.bsky.embed.record", "record": {"uri": OTHER, "cid": "bafy"}}, OTHER),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": {"record": {"uri": OTHER}},
                "media": {"images": []},
            },
            OTHER,
        ),
        ({"$type": "app.bsky.embed.record", "record": {"uri": f"at://{DID}/app.bsky.graph.list/1"}}, ""),
        ({"$type": "app.bsky.embed.external", "external": {"uri": "https://news.example", "title": "T"}}, ""),
        ({"$type": "app.bsky.embed.images", "images": []}, ""),
    ],
)
def test_quotes(tmp_path: Path, embed: dict[str, Any], quotes: str) -> None:
    assert only(tmp_path, record(embed=embed)).quotes == quotes


@pytest.mark.parametrize(
    ("label", "over_18", "training"),
    [
        ("porn", True, True),
        ("graphic-media", True, True),
        ("!no-unauthenticated", False, False),
        ("other", False, True),
    ],
)
def test_labels_that_an_author_puts_on_a_post(
    tmp_path: Path, label: str, over_18: bool, training: bool
) -> None:
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label}]}
    post = only(tmp_path, record(labels=labels))
    assert (post.over_18, post.training) == (over_18, training)


@pytest.mark.parametrize(
    ("profile", "training"),
    [
        ({"labels": {"values": [{"val": "!no-unauthenticated"}]}}, False),
        ({"description": "Bridges. #NoAI"}, False),
        ({"description": "Bridges"}, True),
    ],
)
def test_what_a_profile_asks_for_holds_for_all_posts(
    tmp_path: Path, profile: dict[str, Any], training: bool
) -> None:
    value = {"$type": "app.bsky.actor.profile", **profile}
    assert only(tmp_path, record(), **{"app.bsky.actor.profile/self": value}).training is training


def link(start: int, end: int, uri: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


@pytest.mark.parametrize(
    ("text", "facets", "whole"),
    [
        # A letter of several bytes before the link: the counts are bytes.
        (
            "é news.example/a... ü",
            [link(3, 20, "https://news.example/a/b?c=1")],
            "é https://news.example/a/b?c=1 ü",
        ),
        ("see here", [link(4, 8, "https://news.example")], "see here (https://news.example)"),
        (
            "a.example b.example",
            [link(0, 9, "https://a.example/1"), link(10, 19, "https://b.example/2")],
            "https://a.example/1 https://b.example/2",
        ),
        ("a.example", [link(0, 9, "javascript:alert(1)")], "a.example"),
        ("a.example", [link(0, 99, "https://a.example/1")], "a.example"),
        ("a.example", [link(-3, 9, "https://a.example/1")], "a.example"),
        ("é.example", [link(1, 10, "https://e.example/1")], "é.example"),
        ("a.example", [link(0, 9, "https://a.example/1"), link(2, 5, "https://evil.example/")], None),
    ],
)
def test_shortened_links_are_made_whole(
    tmp_path: Path, text: str, facets: list[Any], whole: str | None
) -> None:
    found = only(tmp_path, record(text, facets=facets)).text
    assert found == whole if whole is not None else found.startswith("a.")


def test_thousands_of_links_are_no_trap(tmp_path: Path) -> None:
    facets = [link(2 * at, 2 * at + 1, "https://a.example") for at in range(5_000)]
    entities = [
        {"index": {"start": at, "end": at + 1}, "type": "link", "value": "https://a.example"}
        for at in range(5_000)
    ]
    text = "a " * 50_000
    for more in ({"facets": facets}, {"entities": entities}):
        (post,) = jetstream(tmp_path, event(record=record(text, **more)))
        assert isinstance(post, Post)
        assert post.text.count("https://a.example") == 100


def test_links_of_early_2023_are_counted_in_utf_16(tmp_path: Path) -> None:
    entities = [{"index": {"start": 3, "end": 15}, "type": "link", "value": "https://b.example/long"}]
    assert (
        only(tmp_path, record("🌉 b.example/l… !", entities=entities)).text == "🌉 https://b.example/long !"
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (record(""), "empty text"),
        (record(createdAt="soon"), "unreadable date"),
        ({"$type": POST, "text": 7}, "empty text"),
        ([1], "a record that is damaged"),
    ],
)
def test_what_is_no_post_costs_itself(tmp_path: Path, value: object, reason: str) -> None:
    rows = of(tmp_path, {f"{POST}/3k1": record("one"), f"{POST}/3k2": value, f"{POST}/3k3": record("three")})
    (rejected,) = [row for row in rows if isinstance(row, Rejected)]
    assert (rejected.reason, rejected.row) == (reason, f"{POST}/3k2")
    assert len(rows) == 3


def test_fields_of_wrong_types_do_no_harm(tmp_path: Path) -> None:
    names = ("langs", "reply", "embed", "facets", "labels", "entities", "tags")
    for wrong in (None, 7, "x", [], [[]], [7], {}, {"uri": 7}, {"values": 7}, {"record": [1]}):
        assert only(tmp_path, record(**dict.fromkeys(names, wrong))).id == f"{AT}/3k1"


def test_a_block_that_is_not_what_its_cid_says_is_not_believed(tmp_path: Path) -> None:
    blocks = repository({f"{POST}/3k1": record("true")})
    blocks[-1] = (blocks[-1][0], packed(record("forged"))[1])
    (row,) = read(written(tmp_path, blocks))
    assert isinstance(row, Rejected)
    assert row.reason == "a record that is damaged"


def test_a_block_over_the_bound_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(car, "MAX_BLOCK", 1 << 10)
    large = record("large", extra="x" * 1000)
    rejected, post = of(tmp_path, {f"{POST}/3k1": large, f"{POST}/3k2": record("small")})
    assert isinstance(post, Post)
    assert isinstance(rejected, Rejected)
    assert rejected.row == f"{POST}/3k1"


def test_a_block_with_another_kind_of_cid_is_passed_over(tmp_path: Path) -> None:
    blocks = repository({f"{POST}/3k1": record()})
    odd = (b"\x12\x20" + bytes(32), b"some other data")
    assert [
        row.id for row in read(written(tmp_path, [*blocks[:2], odd, *blocks[2:]])) if isinstance(row, Post)
    ] == [f"{AT}/3k1"]


def test_a_record_that_is_not_in_the_file_is_named(tmp_path: Path) -> None:
    blocks = repository({f"{POST}/3k1": record("one"), f"{POST}/3k2": record("two")})
    first, missing = read(written(tmp_path, blocks[:-1]))
    assert isinstance(first, Post)
    assert isinstance(missing, Rejected)
    assert (missing.reason, missing.row) == ("a record that is not in the file", f"{POST}/3k2")


def test_a_part_of_the_tree_that_is_missing_is_named(tmp_path: Path) -> None:
    blocks = repository({f"{POST}/3k{number}": record(str(number)) for number in range(9)})
    del blocks[2]
    rows = list(read(written(tmp_path, blocks)))
    assert isinstance(rows[-1], Rejected)
    assert "a part of its tree is not in the file" in rows[-1].reason


def test_a_repository_that_is_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    path = written(
        tmp_path, repository({f"{POST}/3k{number:03}": record(f"text {number}") for number in range(40)})
    )
    path.write_bytes(path.read_bytes()[:-1010])
    rows = list(read(path))
    assert 20 < sum(isinstance(row, Post) for row in rows) < 40
    assert len(rows) == 41
    assert isinstance(rows[-1], Rejected)
    assert "ends early" in rows[-1].reason


def test_a_tree_that_leads_in_circles_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash can be found that makes one, but the walk does not rest on it."""
    cid = b"\x01\x71\x12\x20" + bytes(32)
    record_cid, data = packed(record())
    entries = [{"k": f"{POST}/3k1".encode(), "p": 0, "t": cid, "v": record_cid}]
    tree = libipld.encode_dag_cbor({"e": entries, "l": cid})
    commit = packed({"did": DID, "version": 3, "data": cid, "rev": "3k", "prev": None, "sig": b""})
    monkeypatch.setattr(car.Block, "value", lambda block: car.decoded(block.data))
    rows = list(read(written(tmp_path, [commit, (cid, tree), (record_cid, data)])))
    assert [row.id for row in rows if isinstance(row, Post)] == [f"{AT}/3k1"]


def test_keys_that_grow_without_end_are_no_tree(tmp_path: Path) -> None:
    """A node of a megabyte could otherwise spell a million keys of a megabyte each."""
    cid, data = packed(record())
    entries = [{"k": b"app.bsky.feed.post/" + b"x" * 2000, "p": 0, "t": None, "v": cid}]
    tree = packed({"e": entries, "l": None})
    commit = packed({"did": DID, "version": 3, "data": tree[0], "rev": "3k", "prev": None, "sig": b""})
    (row,) = read(written(tmp_path, [commit, tree, (cid, data)]))
    assert isinstance(row, Rejected)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (header(), "holds no commit"),
        (header(packed({"a": 1})[0]) + framed([packed({"a": 1})]), "holds no commit"),
        (header()[:-1] + b"\2", "no CAR file of version 1"),
        (header()[:-1], "ends early"),
    ],
)
def test_what_is_no_repository_is_an_error_of_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=said):
        list(read(path))


def event(operation: str = "create", collection: str = POST, **commit: Any) -> dict[str, Any]:
    inner = {
        "rev": "3k",
        "operation": operation,
        "collection": collection,
        "rkey": "3k1",
        "cid": "bafy",
        **commit,
    }
    return {"did": DID, "time_us": 1714557600123456, "kind": "commit", "commit": inner}


def jetstream(folder: Path, *events: object) -> list[Row]:
    path = folder / "jetstream.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in events))
    return list(read(path))


@pytest.mark.parametrize("operation", ["create", "update"])
def test_an_event_of_jetstream_is_the_post_of_the_repository(tmp_path: Path, operation: str) -> None:
    value = record("see news.example/a…", facets=[link(4, 21, "https://news.example/a/b")])
    (post,) = jetstream(tmp_path, event(operation, record=value))
    same = only(tmp_path, value)
    assert isinstance(post, Post)
    assert post.source == "jetstream"
    assert (post.id, post.text, post.author, post.created_at) == (
        same.id,
        same.text,
        same.author,
        same.created_at,
    )


def test_events_as_jetstream_wrote_them_in_2024(tmp_path: Path) -> None:
    def old(kind: str, **more: Any) -> dict[str, Any]:
        return {
            "did": DID,
            "time_us": 1,
            "type": "com",
            "commit": {"type": kind, "collection": POST, "rkey": "3k1", **more},
        }

    post, deleted = jetstream(tmp_path, old("c", record=record()), old("d"))
    assert isinstance(post, Post)
    assert post.id == f"{AT}/3k1"
    assert deleted == Deleted(f"{AT}/3k1", "jetstream")


def test_a_deletion_of_jetstream(tmp_path: Path) -> None:
    assert jetstream(tmp_path, event("delete")) == [Deleted(f"{AT}/3k1", "jetstream")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            event(collection="app.bsky.feed.like", record={"subject": {"uri": OTHER}}),
            "no post: app.bsky.feed.like",
        ),
        (event("delete", "app.bsky.feed.like"), "no post: app.bsky.feed.like"),
        (
            event(collection="app.bsky.feed.repost", record={"subject": {"uri": OTHER}}),
            f"a repost of {OTHER}, without text of its own",
        ),
        (
            {"did": DID, "time_us": 1, "kind": "account", "account": {"active": False, "status": "deleted"}},
            f"the account is deleted: truthgpt forget --author {DID} removes its posts",
        ),
        (
            {"did": DID, "time_us": 1, "kind": "identity", "identity": {"handle": "a.example"}},
            "no post: an event of kind identity",
        ),
        ({"did": 7, "time_us": 1, "kind": "commit"}, "no did"),
        (event(rkey="x" * 300, record=record()), "an id that is no URI of at most 200 characters"),
    ],
)
def test_events_that_are_no_posts_say_so(tmp_path: Path, value: dict[str, Any], reason: str) -> None:
    (row,) = jetstream(tmp_path, value)
    assert isinstance(row, Rejected)
    assert row.reason == reason
