"""What fuzzing the readers begins with and what must hold: small valid exports of each form, made here, and the check
that every file of any bytes has to pass.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections import Counter
from copy import deepcopy
from datetime import UTC
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import libipld
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import formats, platforms, read
from truthgpt.corpus.readers.rejected import EXCERPT, MAX_ROW, Rejected
from truthgpt.errors import TruthGPTError

FORMATS: tuple[str | None, ...] = (None, *platforms.names(), *formats.NAMES)
"""What `--format` may say, and nothing."""

_MOST = 1_000_000
_DATE = "Wed Oct 10 20:19:24 +0000 2018"

STRINGS = (
    *(
        "",
        "\ud800",
        "a\0b",
        "\u202e",
        "\x85",
        "x" * 5000,
        "[deleted]",
        "t3_",
        "reddit:",
        "t1_",
        "9" * 400,
        "1e999",
        "-1",
    ),
    *(
        "nan",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-23:59",
        "javascript:x",
        "https://\n",
        "at://\n",
        "<p",
        "&#x;",
    ),
)
NUMBERS = (0, 1, -1, 2.5, 1 << 63, -(1 << 64), 10**400, float("nan"), float("inf"))
HOSTILE = (None, True, False, [], {}, [[]], {"a": []}, [None, {}], ["x"], {"": "x"}, *STRINGS, *NUMBERS)
"""Values that stand where a reader looks for others."""

_ASSIGNMENT = re.compile(rb"\s*[\w.$]+\s*=\s*(?=[\[{])")

PLAIN = {
    "id": "1",
    "text": "The ferry is late.",
    "author": "ann",
    "created_at": "2020-01-02",
    "score": 3,
    "lang": "en",
}

OBJECTS: dict[str, list[Any]] = {
    "columns": [PLAIN, {**PLAIN, "id": "2", "title": "Late", "over_18": True, "noai": "true"}],
    "pushshift": [
        {"id": "7a", "name": "t3_7a", "subreddit": "islands", "created_utc": "1201832800", "title": "A &amp; B",
         "selftext": "x", "author": "[deleted]", "score": 1, "over_18": False, "permalink": "/r/islands/comments/7a/",
         "crosspost_parent": "t3_6b", "removed_by_category": None},
        {"id": "c1", "subreddit": "islands", "created_utc": 1711930000, "body": "Yes.", "author": "cat",
         "link_id": "t3_7a", "parent_id": 36},
    ],
    "hackernews": [
        {"by": "kiln", "id": 1, "score": 2, "time": 1175714200, "title": "Glaze <b>", "type": "story", "text": "a<p>b"},
        {"deleted": True, "id": 2, "parent": 1, "time": 1175714201, "type": "comment"},
        {"by": "ash", "dead": True, "id": 3, "parent": 1, "time": 1175714202, "type": "comment", "text": "x"},
    ],
    "weibo": [
        {"created_at": _DATE, "mid": "45", "bid": "J0A", "text": "<a>#渡口#</a>&amp;<img alt=[太阳] />", "isLongText": True,
         "user": {"id": 1, "screen_name": "老周"}, "attitudes_count": "1.2万", "visible": {"type": 0},
         "longText": {"longTextContent": "全<br />文"},
         "retweeted_status": {"mid": "44", "text_raw": "船", "created_at": "2020年5月6日 08:30", "user": None}},
        {"id": 46, "bid": "J0B", "text": "水位", "created_at": "3分钟前", "attitudes_count": 1, "screen_name": "李"},
    ],
    "jetstream": [
        {"did": "did:plc:abc", "time_us": 1725911162329308, "kind": "commit",
         "commit": {"rev": "3l", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3l3q", "cid": "b",
                    "record": {"$type": "app.bsky.feed.post", "createdAt": "2024-09-09T19:46:02.102Z", "langs": ["en"],
                               "text": "See weir.example/le... #weir",
                               "facets": [{"index": {"byteStart": 4, "byteEnd": 21},
                                           "features": [{"$type": "app.bsky.richtext.facet#link",
                                                         "uri": "https://weir.example/levels"}]}],
                               "reply": {"parent": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"},
                                         "root": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"}},
                               "labels": {"values": [{"val": "porn"}]}}}},
        {"did": "did:plc:abc", "time_us": 2, "kind": "commit",
         "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "3l3q"}},
        {"did": "did:plc:abc", "time_us": 3, "kind": "account", "account": {"active": False, "status": "deleted"}},
    ],
    "statuses": [
        {"id": "11", "uri": "https://isle.example/users/ann/statuses/11", "url": "https://isle.example/@ann/11",
         "created_at": "2023-05-04T09:20:30Z", "content": "<p>Late &amp; wet</p>", "visibility": "public",
         "language": "en", "sensitive": True, "spoiler_text": "weather", "favourites_count": 2,
         "account": {"acct": "ann", "noindex": False, "note": "<p>#nobot</p>"}, "tags": [{"name": "ferry"}],
         "in_reply_to_id": "10", "reblog": None},
        {"id": "12", "uri": "https://isle.example/users/ann/statuses/12", "created_at": "2023-05-05", "content": "",
         "account": {"acct": "ann"},
         "reblog": {"id": "9", "uri": "https://b.example/9", "content": "<p>x</p>", "account": {"acct": "b@b.example"},
                    "created_at": "2023-05-01", "visibility": "public"}},
    ],
}  # fmt: skip

POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
RECORDS = [
    OBJECTS["jetstream"][0]["commit"]["record"],
    {
        "$type": REPOST,
        "subject": {"uri": f"at://did:plc:x/{POST}/1"},
        "createdAt": "2024-09-09T19:46:02.102Z",
    },
]

MESSAGE = {
    "id": 77, "type": "message", "date": "2023-05-04T12:20:30", "date_unixtime": "1683192030", "from": "River",
    "from_id": "channel1", "reply_to_message_id": 76, "reactions": [{"count": 2, "emoji": "👍"}],
    "text": ["At ", {"type": "text_link", "text": "the weir", "href": "https://weir.example"}],
}  # fmt: skip
CHAT = {
    "name": "River",
    "type": "public_channel",
    "id": 1,
    "messages": [MESSAGE, {"id": 1, "type": "service"}],
}
ACCOUNT = {
    "about": "…", "personal_information": {"user_id": 1}, "contacts": {"list": [{"first_name": "Ben"}]},
    "chats": {"about": "…", "list": [CHAT, {**CHAT, "type": "personal_chat"}]},
}  # fmt: skip
TWEETS = [
    {"tweet": {"id_str": "105", "id": "105", "created_at": _DATE, "full_text": "RT @a: A &amp; B https://t.co/x1",
               "lang": "en", "favorite_count": "2", "in_reply_to_status_id_str": "104", "possibly_sensitive": True,
               "entities": {"urls": [{"url": "https://t.co/x1", "expanded_url": "https://x.com/a/status/99"}]}}},
    {"id_str": "106", "created_at": _DATE, "full_text": "old", "quoted_status_id_str": "98"},
]  # fmt: skip
NOTES = [{"noteTweet": {"noteTweetId": "9", "createdAt": "2023-02-09T20:11:00.000Z",
                        "core": {"text": "A & B and much more", "urls": []}}}]  # fmt: skip
OUTBOX = {
    "@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection", "totalItems": 2,
    "orderedItems": [
        {"id": "https://isle.example/users/ann/statuses/1/activity", "type": "Create",
         "to": ["https://www.w3.org/ns/activitystreams#Public"],
         "object": {"id": "https://isle.example/users/ann/statuses/1", "type": "Note", "content": "<p>Hi</p>",
                    "published": "2023-05-04T09:20:30Z", "contentMap": {"en": "<p>Hi</p>"}, "summary": "cw",
                    "attributedTo": "https://isle.example/users/ann", "inReplyTo": None, "sensitive": True,
                    "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [], "tag": []}},
        {"type": "Announce", "object": "https://b.example/9", "published": "2023-05-04T09:20:30Z"},
    ],
}  # fmt: skip
ACTOR = {
    "id": "https://isle.example/users/ann",
    "preferredUsername": "ann",
    "summary": "<p>#noai</p>",
    "indexable": True,
}


def lines(objects: list[Any]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in objects).encode("utf-8", "surrogatepass")


def assigned(name: str, value: Any) -> bytes:
    return f"window.YTD.{name}.part0 = {json.dumps(value)}".encode()


def as_zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def as_tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _cid(data: bytes) -> bytes:
    return b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()


def _frame(data: bytes) -> bytes:
    size, out = len(data), b""
    while size > 0x7F:
        out, size = out + bytes([size & 0x7F | 0x80]), size >> 7
    return out + bytes([size]) + data


def as_car(records: dict[str, Any]) -> bytes:
    """A repository of one node with these records by their keys."""
    blocks: dict[bytes, bytes] = {}

    def add(value: Any) -> bytes:
        data = libipld.encode_dag_cbor(value)
        blocks[_cid(data)] = data
        return _cid(data)

    entries = [
        {"p": 0, "k": key.encode(), "v": add(record), "t": None} for key, record in sorted(records.items())
    ]
    tree = add({"e": entries, "l": None})
    root = add({"did": "did:plc:abc", "rev": "3l", "sig": b"s", "data": tree, "prev": None, "version": 3})
    header = libipld.encode_dag_cbor({"roots": [root], "version": 1})
    return _frame(header) + b"".join(_frame(cid + data) for cid, data in blocks.items())


def _columns() -> tuple[bytes, bytes]:
    rows = [{key: str(value) for key, value in row.items()} for row in OBJECTS["columns"]]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[-1]), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    return text.getvalue().encode(), parquet.getvalue()


def seeds() -> dict[str, bytes]:
    """Small valid exports, by what they are."""
    text, parquet = _columns()
    found = {"csv": text, "tsv": text.replace(b",", b"\t"), "parquet": parquet}
    found |= {name: lines(objects) for name, objects in OBJECTS.items()}
    found |= {f"{name}.array": json.dumps(objects).encode() for name, objects in OBJECTS.items()}
    found["telegram"] = json.dumps(CHAT, indent=1).encode()
    found["telegram.account"] = json.dumps(ACCOUNT).encode()
    found["weibo.user"] = json.dumps({"user": {"id": 1}, "weibo": OBJECTS["weibo"]}).encode()
    found["car"] = as_car({f"{POST}/3l3q": RECORDS[0], f"{REPOST}/3l3r": RECORDS[1]})
    x = {
        "data/account.js": assigned("account", [{"account": {"username": "ann", "accountId": "1"}}]),
        "data/tweets.js": assigned("tweets", TWEETS),
        "data/note-tweet.js": assigned("note_tweet", NOTES),
        "data/deleted-tweets.js": assigned("deleted_tweets", [{"tweet": {"id_str": "7"}}]),
    }
    mastodon = {"actor.json": json.dumps(ACTOR).encode(), "outbox.json": json.dumps(OUTBOX).encode()}
    found |= {"x.js": x["data/tweets.js"], "x.zip": as_zip(x), "mastodon.tar": as_tar(mastodon)}
    found["mastodon.outbox"] = mastodon["outbox.json"]
    found["mixed.zip"] = as_zip(
        {"a.csv": text, "b.jsonl.gz": gzip.compress(found["pushshift"]), "c.car": found["car"]}
    )
    for name in ("pushshift", "csv", "mastodon.tar"):
        found[f"{name}.gz"] = gzip.compress(found[name])
        found[f"{name}.zst"] = zstandard.compress(found[name])
    return found


def mutated(data: bytes, random: Random) -> bytes | None:
    """An export with one value within it replaced or left out, packed as it was; `None` if it is none or is damaged.

    Chance changes bytes, and so hardly ever writes a list where a text stood: this does.
    """
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                members = {
                    info.filename: file.read(info) for info in file.infolist() if info.file_size < MAX_ROW
                }
            name = random.choice(sorted(members))
            members[name] = mutated(members[name], random) or members[name]
            return as_zip(members)
        if b"\x65roots" in data[:64]:
            record, repost = json.loads(json.dumps(RECORDS))
            _replace(random.choice((record, repost)), random)
            return as_car({f"{POST}/3l3q": record, f"{REPOST}/3l3r": repost})
        start = _ASSIGNMENT.match(data)
        head = start[0] if start else b""
        return head + _mutated_json(data.removeprefix(head), random)
    except Exception:  # whatever the libraries raise on bytes that chance has been at before
        return None


def _mutated_json(data: bytes, random: Random) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        rows = [json.loads(line) for line in data.splitlines()]
        _replace(rows, random)
        return lines(rows)
    _replace(value, random)
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _replace(value: Any, random: Random) -> None:
    """Goes down some way at random and puts something else there. `ValueError` if there is nowhere to go."""
    if not isinstance(value, dict | list):
        raise ValueError("a value alone")
    while True:
        key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if isinstance(value[key], dict | list) and value[key] and random.random() < 0.8:
            value = value[key]
        elif random.random() < 0.2:
            del value[key]
            return
        else:
            value[key] = deepcopy(random.choice(HOSTILE))
            return


def check(path: Path, form: str | None = None) -> Counter[str]:
    """Reads a file and holds every row to what all that comes after relies on; counts the rows by kind.

    Whatever the bytes, nothing but one line of `TruthGPTError` is raised.
    """
    kinds: Counter[str] = Counter()
    said = ""
    try:
        for row in islice(read(path, format=form), _MOST):
            kinds[type(row).__name__] += 1
            if isinstance(row, Post):
                _check_post(row)
            elif isinstance(row, Rejected):
                _check_rejected(row)
            else:
                assert isinstance(row, Deleted), row
                assert row.id, row
    except TruthGPTError as error:
        kinds["refused"] += 1
        said = str(error)
    assert len(said.splitlines()) == kinds["refused"], said
    assert kinds.total() < _MOST, "rows without end"
    return kinds


def _check_post(post: Post) -> None:
    assert post.id, post
    assert post.text.strip(), post
    assert len(post.text) <= 6 * MAX_ROW, len(post.text)  # a title in HTML is five letters for each `&`
    assert post.markup in ("", "entities", "html"), post
    assert post.created_at is None or post.created_at.tzinfo is UTC, post
    assert isinstance(post.score, int), post
    assert abs(post.score) < 1 << 31, post
    assert isinstance(post.over_18, bool), post
    assert isinstance(post.training, bool), post
    assert post.language == "" or (len(post.language) == 2 and post.language.isalpha()), post
    assert post.url == "" or post.url.lower().startswith(("http://", "https://")), post
    for label in (post.id, post.author, post.community, post.url, post.reply_to, post.quotes, post.reposts):
        assert label.isprintable(), post
        assert len(label) <= 2100, post


def _check_rejected(rejected: Rejected) -> None:
    assert rejected.reason, rejected
    assert len(rejected.reason.splitlines()) == 1, rejected
    assert rejected.line >= 0, rejected
    assert len(rejected.row) <= EXCERPT, rejected
    assert rejected.row.isprintable(), rejected
