"""Which reader takes a file: the one that was asked for, else the one that knows it by its content, else columns."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import platforms, read
from truthgpt.corpus.readers.open import chunks
from truthgpt.corpus.readers.source import Source, look
from truthgpt.errors import BadInputError

TWEET = {"tweet": {"id_str": "7", "full_text": "a &amp; b", "created_at": "Wed Feb 01 10:30:00 +0000 2023"}}
FIRST: dict[str, Any] = {
    "x": TWEET,
    "mastodon": {
        "id": "1",
        "uri": "https://s.example/1",
        "content": "<p>a</p>",
        "account": {},
        "created_at": "",
    },
    "bluesky": {"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": {}},
    "pushshift": {"id": "a", "subreddit": "b", "created_utc": 1, "body": "c"},
    "telegram": {"name": "a", "type": "public_channel", "id": 1, "messages": [{"id": 1, "type": "message"}]},
    "weibo": {"id": "1", "mid": "1", "text": "a", "reposts_count": 1, "attitudes_count": 1, "user": {}},
    "hackernews": {"id": 1, "type": "comment", "by": "a", "time": 1, "text": "b", "parent": 2},
}
OTHERS: tuple[Any, ...] = (
    {"id": "1", "text": "a"},
    {"text": "a", "user": {"screen_name": "ann"}, "id_str": "1", "created_at": "2020-01-01"},
    {"tweet": "a text", "date": "2020-01-01"},
    {"type": "comment", "text": "a"},
    {"did": "something", "text": "a"},
    {},
)


def source(folder: Path, content: str) -> Source:
    path = folder / "posts"
    path.write_text(content)
    return look(path, "posts", lambda: chunks(path))


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("form", ["{}", "[{}]", " \n[\n {}"])
def test_one_reader_alone_recognises_a_platform(tmp_path: Path, name: str, form: str) -> None:
    found = source(tmp_path, form.replace("{}", json.dumps(FIRST[name])))
    assert [reader.name for reader in platforms.READERS if reader.recognises(found)] == [name]


@pytest.mark.parametrize("value", OTHERS)
def test_none_takes_what_is_no_platforms(tmp_path: Path, value: object) -> None:
    found = source(tmp_path, json.dumps(value))
    assert not [reader.name for reader in platforms.READERS if reader.recognises(found)]


@pytest.mark.parametrize(
    "content", ["x" * 70_000, "[" * 70_000, " \n" * 35_000 + "x", '{"a' * 20_000, "a.b = " * 12_000]
)
def test_looking_takes_no_time_whatever_the_beginning(tmp_path: Path, content: str) -> None:
    """A pattern that tries each place anew would take minutes here, and the test with it."""
    found = source(tmp_path, content)
    assert not [reader.name for reader in platforms.READERS if reader.recognises(found)]


def test_the_first_object_is_seen_as_far_as_it_goes(tmp_path: Path) -> None:
    long = {"id": 1, "text": "x" * 100_000, "after": 1}
    assert list(source(tmp_path, json.dumps([long])).first) == ["id"]
    assert source(tmp_path, "window.a.b =\n" + json.dumps([{"id": 1}])).first == {"id": 1}


def test_a_format_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"format orkut is not known: use one of .*mastodon.*jsonl"):
        read(source(tmp_path, "{}").path, format="orkut")


def test_a_mapping_has_a_file_read_by_its_columns(tmp_path: Path) -> None:
    path = source(tmp_path, json.dumps({**FIRST["pushshift"], "story": "mine"})).path
    (post,) = read(path, mapping={"text": "story"})
    assert isinstance(post, Post)
    assert post.text == "mine"
    with pytest.raises(BadInputError, match="cannot be read as pushshift: --map is for columns"):
        read(path, format="pushshift", mapping={"text": "story"})


def test_an_archive_may_be_read_by_columns_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/tweets.js", json.dumps([{"text": "plain", "id": "1"}]))
    (post,) = read(path, format="json")
    assert isinstance(post, Post)
    assert post.id == "1"
