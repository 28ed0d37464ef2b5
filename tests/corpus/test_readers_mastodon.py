"""Mastodon: the account's archive and the API's statuses, spelled alike, and only what was meant for everybody."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, Row, read

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ADA = "https://social.example/users/ada"
NOTE = f"{ADA}/statuses/110000000000000001"
ACTOR = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": ADA,
    "type": "Person",
    "preferredUsername": "ada",
    "name": "Ada",
    "summary": "<p>Bridges &amp; tea</p>",
    "discoverable": True,
    "indexable": True,
    "published": "2022-11-01T00:00:00Z",
}


def create(number: int = 1, content: str = "<p>a text</p>", **more: Any) -> dict[str, Any]:
    uri = f"{ADA}/statuses/{110_000_000_000_000_000 + number}"
    note = {
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2023-03-01T08:00:00Z",
        "url": f"https://social.example/@ada/{110_000_000_000_000_000 + number}",
        "attributedTo": ADA,
        "to": [PUBLIC],
        "cc": [f"{ADA}/followers"],
        "sensitive": False,
        "atomUri": uri,
        "conversation": "tag:social.example,2023-03-01:objectId=1:objectType=Conversation",
        "content": content,
        "contentMap": {"pt-BR": content},
        "attachment": [],
        "tag": [{"type": "Hashtag", "href": "https://social.example/tags/bridge", "name": "#bridge"}],
        "replies": {"id": f"{uri}/replies", "type": "Collection"},
        **more,
    }
    activity = {"id": f"{uri}/activity", "type": "Create", "actor": ADA, "published": note["published"]}
    return {**activity, "to": note["to"], "cc": note["cc"], "object": note}


def outbox(*activities: object) -> str:
    return json.dumps(
        {
            "@context": ["https://www.w3.org/ns/activitystreams", {"ostatus": "http://ostatus.org#"}],
            "id": "outbox.json",
            "type": "OrderedCollection",
            "totalItems": len(activities),
            "orderedItems": activities,
        }
    )


def zipped(folder: Path, files: Mapping[str, str]) -> Path:
    path = folder / "archive-2023.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def archived(folder: Path, *activities: object, **actor: object) -> list[Row]:
    files = {"actor.json": json.dumps({**ACTOR, **actor}), "outbox.json": outbox(*activities)}
    return list(read(zipped(folder, files)))


def of_api(folder: Path, *statuses: object) -> list[Row]:
    path = folder / "statuses.json"
    path.write_text(json.dumps(statuses))
    return list(read(path))


def only(rows: list[Row]) -> Post:
    (post,) = rows
    assert isinstance(post, Post), post
    return post


def reason(rows: list[Row]) -> str:
    (row,) = rows
    assert isinstance(row, Rejected), row
    return row.reason


ACCOUNT = {
    "id": "9",
    "username": "ada",
    "acct": "ada",
    "url": "https://social.example/@ada",
    "note": "<p>Bridges</p>",
    "noindex": False,
    "indexable": True,
}


def status(number: int = 1, content: str = "<p>a text</p>", **more: Any) -> dict[str, Any]:
    own = 110_000_000_000_000_000 + number
    return {
        "id": str(own),
        "created_at": "2023-03-01T08:00:00.000Z",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "pt-BR",
        "uri": f"{ADA}/statuses/{own}",
        "url": f"https://social.example/@ada/{own}",
        "replies_count": 0,
        "reblogs_count": 2,
        "favourites_count": 4,
        "edited_at": None,
        "content": content,
        "reblog": None,
        "account": ACCOUNT,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        **more,
    }


def test_a_note_of_an_archive(tmp_path: Path) -> None:
    parent = "https://other.example/users/bo/statuses/5"
    note = create(1, "<p>Muito &gt; pouco</p>", inReplyTo=parent, sensitive=True, summary="Pontes & chá")
    assert only(archived(tmp_path, note)) == Post(
        id=NOTE,
        text="<p>Pontes &amp; chá</p><p>Muito &gt; pouco</p>",
        community="social.example",
        author="ada@social.example",
        created_at=datetime(2023, 3, 1, 8, tzinfo=UTC),
        language="pt",
        url="https://social.example/@ada/110000000000000001",
        over_18=True,
        source="archive-2023",
        reply_to=parent,
        markup="html",
    )


def test_the_archive_and_the_api_spell_a_post_alike(tmp_path: Path) -> None:
    mine = only(archived(tmp_path, create(1, likes={"type": "Collection", "totalItems": 4})))
    theirs = only(of_api(tmp_path, status(1)))
    fields = (
        "id",
        "text",
        "community",
        "author",
        "created_at",
        "language",
        "url",
        "score",
        "markup",
        "training",
    )
    assert [getattr(mine, name) for name in fields] == [getattr(theirs, name) for name in fields]


def test_an_archive_of_before_2023_is_a_packed_tar(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (
            ("media_attachments/files/1.jpg", "no text"),
            ("outbox.json", outbox(create(1))),
            ("likes.json", "{}"),
            ("actor.json", json.dumps(ACTOR)),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(gzip.compress(buffer.getvalue()))
    post = only(list(read(path)))
    assert (post.id, post.author, post.source) == (NOTE, "ada@social.example", "archive")


def test_an_outbox_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.json"
    path.write_text(outbox(create(1)))
    post = only(list(read(path)))
    assert (post.id, post.author) == (NOTE, "ada@social.example")


@pytest.mark.parametrize(
    ("to", "cc", "kept"),
    [
        ([PUBLIC], [f"{ADA}/followers"], True),
        ([f"{ADA}/followers"], [PUBLIC], True),
        ("as:Public", None, True),
        ([f"{ADA}/followers"], [], False),
        (["https://other.example/users/bo"], [], False),
        (None, None, False),
    ],
)
def test_only_public_and_unlisted_notes_are_read(tmp_path: Path, to: object, cc: object, kept: bool) -> None:
    rows = archived(tmp_path, create(1, to=to, cc=cc))
    if kept:
        assert only(rows).id == NOTE
    else:
        assert reason(rows) == "not public"


@pytest.mark.parametrize(
    ("visibility", "kept"), [("public", True), ("unlisted", True), ("private", False), ("direct", False)]
)
def test_only_public_and_unlisted_statuses_are_read(tmp_path: Path, visibility: str, kept: bool) -> None:
    rows = of_api(tmp_path, status(1, visibility=visibility))
    if kept:
        assert only(rows).id == NOTE
    else:
        assert reason(rows) == "not public"


def test_a_boost_of_an_archive_is_no_post_and_names_what_it_boosts(tmp_path: Path) -> None:
    boost = {
        "id": f"{NOTE}/activity",
        "type": "Announce",
        "actor": ADA,
        "to": [PUBLIC],
        "object": "https://o.example/1",
    }
    assert reason(archived(tmp_path, boost)) == "a boost of https://o.example/1, without text of its own"


def test_a_boost_of_the_api_gives_the_boosted_post(tmp_path: Path) -> None:
    other = {
        **ACCOUNT,
        "id": "10",
        "username": "bo",
        "acct": "bo@other.example",
        "url": "https://other.example/@bo",
    }
    uri = "https://other.example/users/bo/statuses/5"
    boosted = status(2, "<p>theirs</p>", uri=uri, account=other)
    rejected, post = of_api(tmp_path, status(1, "<p>theirs</p>", reblog=boosted))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == f"a boost of {uri}, without text of its own"
    assert isinstance(post, Post)
    assert (post.id, post.author, post.community) == (uri, "bo@other.example", "other.example")


@pytest.mark.parametrize(
    "activity",
    [
        {"type": "Delete", "object": NOTE},
        {"type": "Delete", "object": {"id": NOTE, "type": "Tombstone", "atomUri": NOTE}},
        {"type": "Update", "object": {"id": NOTE, "type": "Tombstone"}},
    ],
)
def test_deletions(tmp_path: Path, activity: dict[str, Any]) -> None:
    assert archived(tmp_path, activity) == [Deleted(NOTE, "archive-2023")]


def test_an_edit_is_the_post_as_it_is_now(tmp_path: Path) -> None:
    assert only(archived(tmp_path, {**create(1, "<p>better</p>"), "type": "Update"})).text == "<p>better</p>"


@pytest.mark.parametrize("key", ["quote", "quoteUrl", "quoteUri", "_misskey_quote"])
def test_quotes_of_an_archive(tmp_path: Path, key: str) -> None:
    assert (
        only(archived(tmp_path, create(1, **{key: "https://other.example/5"}))).quotes
        == "https://other.example/5"
    )


@pytest.mark.parametrize(
    "quote",
    [
        {"state": "accepted", "quoted_status": {"id": "5", "uri": "https://other.example/5"}},
        {"id": "5", "uri": "https://other.example/5", "content": "…"},
    ],
)
def test_quotes_of_the_api(tmp_path: Path, quote: dict[str, Any]) -> None:
    assert only(of_api(tmp_path, status(1, quote=quote))).quotes == "https://other.example/5"
    assert only(of_api(tmp_path, status(1, quote={"state": "deleted", "quoted_status": None}))).quotes == ""


def test_what_a_status_answers_is_found_by_its_uri(tmp_path: Path) -> None:
    """The API names it by the server's own number; newest first, so that the answer comes before it."""
    uri = "https://other.example/users/bo/statuses/77"
    first, _ = of_api(tmp_path, status(2, in_reply_to_id="110000000000000001"), status(1, uri=uri))
    assert isinstance(first, Post)
    assert first.reply_to == uri


@pytest.mark.parametrize(
    ("mention", "found"),
    [
        ({"id": "9", "acct": "ada", "url": "https://social.example/@ada"}, f"{ADA}/statuses/55"),
        ({"id": "9", "acct": "bo@other.example", "url": "https://other.example/@bo"}, "mastodon:55"),
        ({"id": "8", "acct": "cy", "url": "https://social.example/@cy"}, "mastodon:55"),
    ],
)
def test_what_a_status_answers_that_is_not_in_the_file(
    tmp_path: Path, mention: dict[str, str], found: str
) -> None:
    account = {**ACCOUNT, "id": "1"}
    value = status(1, in_reply_to_id="55", in_reply_to_account_id="9", mentions=[mention], account=account)
    assert only(of_api(tmp_path, value)).reply_to == found


def test_an_answer_to_oneself(tmp_path: Path) -> None:
    assert only(of_api(tmp_path, status(1, in_reply_to_id="55", in_reply_to_account_id="9"))).reply_to == (
        f"{ADA}/statuses/55"
    )


@pytest.mark.parametrize(
    ("account", "training"),
    [
        ({}, True),
        ({"noindex": True}, False),
        ({"indexable": False}, False),
        (
            {"note": '<p>Tea. <a href="https://social.example/tags/NoBots">#<span>NoBots</span></a></p>'},
            False,
        ),
        ({"note": "<p>#noai please</p>"}, False),
        ({"note": "<p>nobody indexes #noise</p>"}, True),
    ],
)
def test_an_authors_wish_not_to_be_trained_on(
    tmp_path: Path, account: dict[str, Any], training: bool
) -> None:
    assert only(of_api(tmp_path, status(1, account={**ACCOUNT, **account}))).training is training
    actor = {"summary" if key == "note" else key: value for key, value in account.items() if key != "noindex"}
    assert only(archived(tmp_path, create(1), **actor)).training is (training or "noindex" in account)


def test_statuses_a_line(tmp_path: Path) -> None:
    path = tmp_path / "statuses.jsonl"
    path.write_text("".join(json.dumps(status(number)) + "\n" for number in (1, 2)) + "{broken\n")
    *posts, rejected = read(path)
    assert [row.id for row in posts if isinstance(row, Post)] == [NOTE, NOTE[:-1] + "2"]
    assert isinstance(rejected, Rejected)
    assert (rejected.line, rejected.reason) == (3, "not valid JSON")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (create(1, "<p></p>"), "empty text"),
        (create(1, id=""), "no id"),
        (create(1, id="https://social.example/" + "x" * 200), "an id longer than 200 characters"),
        (create(1, published="soon"), "unreadable date"),
        ({"type": "Like", "object": NOTE}, "an activity that writes nothing"),
        ({"type": "Create", "object": {"type": "Video"}}, "an activity that writes nothing"),
        ({"type": "Create", "object": NOTE}, "an activity that writes nothing"),
        ({"type": "Delete", "object": 7}, "a deletion without an id"),
        ([], "JSON that is not an object"),
    ],
)
def test_what_is_no_note_costs_itself(tmp_path: Path, value: object, why: str) -> None:
    first, rejected, last = archived(tmp_path, create(2), value, create(3))
    assert isinstance(first, Post)
    assert isinstance(last, Post)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == why


@pytest.mark.parametrize("content", ["<" * 500_000, "<a" * 250_000, "<" + "a" * 500_000])
def test_tags_that_never_close_are_no_trap(tmp_path: Path, content: str) -> None:
    """A pattern that looks for each one's end would take hours."""
    account = {**ACCOUNT, "note": content[:200_000]}
    assert only(of_api(tmp_path, status(1, content, account=account))).text == content
    assert only(archived(tmp_path, create(1, content, contentMap={}), summary="<" * 10_000)).text == content


def test_fields_of_wrong_types_do_no_harm(tmp_path: Path) -> None:
    for wrong in (None, 7, "x", [], [[]], {}, {"id": 7}, True):
        names = (
            "contentMap",
            "likes",
            "url",
            "inReplyTo",
            "quote",
            "summary",
            "attributedTo",
            "tag",
            "sensitive",
        )
        assert only(archived(tmp_path, create(1, **dict.fromkeys(names, wrong)))).id == NOTE
        names = (
            "account",
            "language",
            "mentions",
            "quote",
            "in_reply_to_id",
            "url",
            "favourites_count",
        )
        assert isinstance(
            of_api(tmp_path, status(1, **{**dict.fromkeys(names, wrong), "account": {}}))[-1], Post
        )


def test_a_cut_outbox_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "outbox.json"
    path.write_text(outbox(*(create(number) for number in range(50)))[:-20_000])
    *posts, rejected = read(path)
    assert len(posts) > 10
    assert isinstance(rejected, Rejected)
