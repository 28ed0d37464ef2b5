"""The archive of X: its layouts since 2010, long texts, links, threads, and what was deleted or never public."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, Row, read
from truthgpt.errors import BadInputError

BRIDGE = {
    "edit_info": {
        "initial": {"editTweetIds": ["1620000000000000001"], "editableUntil": "2023-02-01T11:00:00.000Z"}
    },
    "retweeted": False,
    "source": '<a href="https://mobile.example" rel="nofollow">Web App</a>',
    "entities": {
        "hashtags": [{"text": "bridge", "indices": ["40", "47"]}],
        "symbols": [],
        "user_mentions": [
            {"name": "Bo", "screen_name": "bo_builds", "indices": ["0", "10"], "id_str": "77", "id": "77"}
        ],
        "urls": [
            {
                "url": "https://t.co/aBcDeF1234",
                "expanded_url": "https://news.example/bridge?a=1&b=2",
                "display_url": "news.example/bridge?a=1…",
                "indices": ["60", "83"],
            }
        ],
    },
    "display_text_range": ["0", "83"],
    "favorite_count": "12",
    "in_reply_to_status_id_str": "1619999999999999999",
    "id_str": "1620000000000000001",
    "in_reply_to_user_id": "77",
    "truncated": False,
    "retweet_count": "3",
    "id": "1620000000000000001",
    "in_reply_to_status_id": "1619999999999999999",
    "created_at": "Wed Feb 01 10:30:00 +0000 2023",
    "favorited": False,
    "full_text": "@bo_builds length &gt; height, says the #bridge office https://t.co/aBcDeF1234",
    "lang": "en",
    "in_reply_to_screen_name": "bo_builds",
    "possibly_sensitive": True,
}
ACCOUNT = {
    "account": {
        "email": "never@mail.example",
        "createdVia": "web",
        "username": "ada_measures",
        "accountId": "42",
        "createdAt": "2015-05-05T05:05:05.000Z",
        "accountDisplayName": "Ada",
    }
}


def tweet(number: int = 1, text: str = "a text", **more: Any) -> dict[str, Any]:
    return {
        "id_str": str(number),
        "created_at": "Wed Feb 01 10:30:00 +0000 2023",
        "full_text": text,
        "entities": {"urls": []},
        **more,
    }


def assigned(name: str, values: list[Any], part: int = 0) -> str:
    return f"window.YTD.{name}.part{part} = {json.dumps(values, indent=2)}"


def tweets(*values: dict[str, Any]) -> str:
    return assigned("tweets", [{"tweet": value} for value in values])


def zipped(folder: Path, files: Mapping[str, str]) -> Path:
    path = folder / "twitter-2023.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def rows(folder: Path, files: Mapping[str, str]) -> list[Row]:
    return list(read(zipped(folder, files)))


def only(folder: Path, value: dict[str, Any], **more: str) -> Post:
    (post,) = rows(folder, {"data/tweets.js": tweets(value), **more})
    assert isinstance(post, Post), post
    return post


def test_a_tweet_of_an_archive(tmp_path: Path) -> None:
    files = {
        "Your archive.html": "<html></html>",
        "data/manifest.js": "window.__THAR_CONFIG = {}",
        "data/tweets.js": tweets(BRIDGE),
        "data/like.js": assigned("like", [{"like": {"tweetId": "5", "fullText": "not mine"}}]),
        "data/direct-messages.js": assigned("direct_messages", [{"dmConversation": {"messages": []}}]),
        "data/account.js": assigned("account", [ACCOUNT]),
    }
    assert rows(tmp_path, files) == [
        Post(
            id="x:1620000000000000001",
            text="@bo_builds length &gt; height, says the #bridge office https://news.example/bridge?a=1&amp;b=2",
            author="ada_measures",
            created_at=datetime(2023, 2, 1, 10, 30, tzinfo=UTC),
            language="en",
            url="https://x.com/ada_measures/status/1620000000000000001",
            score=12,
            over_18=True,
            source="twitter-2023",
            reply_to="x:1619999999999999999",
            markup="entities",
        )
    ]


def test_parts_of_an_archive_and_community_tweets(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        {
            "data/tweets.js": tweets(tweet(1)),
            "data/tweets-part1.js": assigned("tweets", [{"tweet": tweet(2)}], 1),
            "data/tweets-part2.js": assigned("tweets", [], 2),
            "data/community-tweet.js": assigned(
                "community_tweet", [{"tweet": tweet(3, community_id_str="900")}]
            ),
        },
    )
    assert [(row.id, row.community) for row in found if isinstance(row, Post)] == [
        ("x:1", ""),
        ("x:2", ""),
        ("x:3", "900"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/tweet.js", assigned("tweet", [{"tweet": tweet(7)}])),
        ("tweet.js", assigned("tweet", [tweet(7)])),
        ("archive/data/tweet-part1.js", assigned("tweet", [{"tweet": tweet(7)}], 1)),
        (
            "data/js/tweets/2014_03.js",
            "Grailbird.data.tweets_2014_03 =\n "
            + json.dumps([{**tweet(7), "full_text": None, "text": "a text", "user": {"screen_name": "ada"}}]),
        ),
    ],
)
def test_layouts_of_earlier_years(tmp_path: Path, name: str, content: str) -> None:
    (post,) = rows(tmp_path, {name: content})
    assert isinstance(post, Post)
    assert (post.id, post.text) == ("x:7", "a text")


@pytest.mark.parametrize(
    "content",
    [
        tweets(tweet(7)),
        assigned("tweet", [tweet(7)]),
        json.dumps([{"tweet": tweet(7)}]),
        json.dumps({"tweet": tweet(7)}),
    ],
)
def test_one_file_of_an_archive_is_recognised(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tweets.js"
    path.write_text(content)
    (post,) = read(path)
    assert isinstance(post, Post)
    assert (post.id, post.url, post.source) == ("x:7", "https://x.com/i/status/7", "tweets")


def test_a_format_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tweets.json"
    path.write_text(json.dumps([tweet(7)]))
    (post,) = read(path, format="X")
    assert isinstance(post, Post)
    assert post.id == "x:7"


def test_deleted_tweets_are_no_posts(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        {
            "data/deleted-tweets.js": assigned(
                "deleted_tweets", [{"tweet": {**tweet(8), "deleted_at": "…"}}]
            ),
            "data/deleted-tweet-headers.js": assigned(
                "deleted_tweet_headers",
                [{"tweet": {"tweet_id": "9", "user_id": "42", "deleted_at": "…"}}, {"tweet": {}}],
            ),
        },
    )
    assert found[:2] == [Deleted("x:8", "twitter-2023"), Deleted("x:9", "twitter-2023")]
    assert isinstance(found[2], Rejected)
    alone = tmp_path / "deleted-tweets.js"
    alone.write_text(assigned("deleted_tweets", [{"tweet": tweet(8)}]))
    assert list(read(alone)) == [Deleted("x:8", "deleted-tweets")]


def test_tweets_for_a_circle_are_not_public(tmp_path: Path) -> None:
    files = {"data/twitter-circle-tweet.js": assigned("twitter_circle_tweet", [{"tweet": tweet(8)}])}
    (row,) = rows(tmp_path, files)
    assert isinstance(row, Rejected)
    assert row.reason == "not public: written for a circle"


def note(
    text: str, created: str = "2023-02-01T10:30:01.000Z", number: str = "500", **core: Any
) -> dict[str, Any]:
    return {
        "noteTweet": {
            "noteTweetId": number,
            "updatedAt": created,
            "lifecycle": {"value": "0", "name": "Finalized", "originalName": "Finalized"},
            "createdAt": created,
            "core": {
                "styletags": [],
                "urls": [],
                "text": text,
                "mentions": [],
                "cashtags": [],
                "hashtags": [],
                **core,
            },
        }
    }


LONG = "A < B & C: " + "the long story of the bridge goes on and on, " * 20


def test_a_long_text_is_joined_to_the_tweet_that_begins_with_it(tmp_path: Path) -> None:
    shortened = LONG[:250].replace("&", "&amp;").replace("<", "&lt;") + "… https://t.co/zZzZzZ9999"
    urls = [
        {"expandedUrl": "https://long.example/", "shortUrl": "https://t.co/qQqQqQ1111", "displayUrl": "long…"}
    ]
    files = {
        "data/tweets.js": tweets(tweet(1, shortened), tweet(2, "a short one")),
        "data/note-tweet.js": assigned(
            "note_tweet",
            [note(LONG + "https://t.co/qQqQqQ1111", urls=urls), note("Nobody's long text " * 20)],
        ),
    }
    first, second, left = rows(tmp_path, files)
    assert isinstance(first, Post)
    assert first.text == LONG.replace("&", "&amp;").replace("<", "&lt;") + "https://long.example/"
    assert isinstance(second, Post)
    assert second.text == "a short one"
    assert isinstance(left, Rejected)
    assert left.reason == "a long text whose tweet is not there"


def test_a_long_text_is_joined_by_its_id_where_the_archive_gives_it(tmp_path: Path) -> None:
    files = {"data/note-tweet.js": assigned("note_tweet", [note(LONG, "2020-01-01T00:00:00.000Z", "1")])}
    assert only(tmp_path, tweet(1, "The beginning…"), **files).text.startswith("A &lt; B &amp; C")


def test_a_long_text_of_another_moment_or_beginning_is_not_joined(tmp_path: Path) -> None:
    notes = [note(LONG, "2023-02-01T10:31:00.000Z"), note("Z" + LONG)]
    files = {
        "data/tweets.js": tweets(tweet(1, LONG[:200] + "…")),
        "data/note-tweet.js": assigned("note_tweet", notes),
    }
    post, *left = rows(tmp_path, files)
    assert isinstance(post, Post)
    assert post.text == LONG[:200] + "…"
    assert len(left) == 2


def test_notes_of_one_second_are_no_trap(tmp_path: Path) -> None:
    """Each tweet of that second would be held against each note: minutes for a file of some megabytes."""
    notes = [note(f"{LONG[:300]}{number}") for number in range(3_000)]
    values = [tweet(number, "Z" + LONG[:250] + "…") for number in range(10_000, 13_000)]
    found = rows(
        tmp_path, {"data/tweets.js": tweets(*values), "data/note-tweet.js": assigned("note_tweet", notes)}
    )
    assert len(found) == 6_000


def test_a_tweet_of_blanks_is_no_trap(tmp_path: Path) -> None:
    text = "a" + " " * 500_000 + "b"
    files = {
        "data/tweets.js": tweets(tweet(1, text)),
        "data/note-tweet.js": assigned("note_tweet", [note(LONG)]),
    }
    post, _ = rows(tmp_path, files)
    assert isinstance(post, Post)
    assert post.text == text


def test_the_link_of_a_picture_goes_and_unknown_short_links_stay(tmp_path: Path) -> None:
    media = [
        {
            "url": "https://t.co/pIcPiC0001",
            "expanded_url": "https://x.com/a/status/1/photo/1",
            "type": "photo",
        }
    ]
    value = tweet(
        1, "see https://t.co/uNkNoWn001 https://t.co/pIcPiC0001", extended_entities={"media": media}
    )
    assert only(tmp_path, value).text.strip() == "see https://t.co/uNkNoWn001"
    (row,) = rows(tmp_path, {"data/tweets.js": tweets({**value, "full_text": "https://t.co/pIcPiC0001"})})
    assert isinstance(row, Rejected)
    assert row.reason == "empty text"


@pytest.mark.parametrize(
    "more",
    [
        {"quoted_status_id_str": "55"},
        {"quoted_status": {"id_str": "55"}},
        {"quoted_status_permalink": {"expanded": "https://twitter.com/bo/status/55"}},
        {
            "entities": {
                "urls": [{"url": "https://t.co/a", "expanded_url": "https://x.com/bo/status/55?s=20"}]
            }
        },
        {
            "entities": {
                "urls": [
                    {"url": "https://t.co/a", "expanded_url": "https://mobile.twitter.com/bo/statuses/55"}
                ]
            }
        },
    ],
)
def test_quoted_tweets(tmp_path: Path, more: dict[str, Any]) -> None:
    assert only(tmp_path, tweet(1, "so it is", **more)).quotes == "x:55"


def test_a_link_that_only_looks_like_a_tweet_is_no_quote(tmp_path: Path) -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": f"https://{host}/bo/status/55"}
        for host in ("notx.com", "x.com.evil.example")
    ]
    assert only(tmp_path, tweet(1, "so", entities={"urls": urls})).quotes == ""


@pytest.mark.parametrize(
    ("more", "original"),
    [
        ({}, ""),
        ({"retweeted_status": {"id_str": "66", "full_text": "the whole text &amp; its end"}}, "x:66"),
        ({"extended_entities": {"media": [{"source_status_id_str": "66"}]}}, "x:66"),
    ],
)
def test_retweets(tmp_path: Path, more: dict[str, Any], original: str) -> None:
    post = only(tmp_path, tweet(1, "RT @bo_builds: the whole te…", **more))
    assert (post.reposts, post.quotes) == (original, "")
    end = "xt &amp; its end" if "retweeted_status" in more else "…"
    assert post.text == "RT @bo_builds: the whole te" + end


@pytest.mark.parametrize(
    ("actions", "training"),
    [
        ([], True),
        ([("2020-01-01T00:00:00.000Z", "Protect")], False),
        ([("2021-01-01T00:00:00.000Z", "Unprotect"), ("2020-01-01T00:00:00.000Z", "Protect")], True),
    ],
)
def test_posts_of_a_protected_account_are_not_for_training(
    tmp_path: Path, actions: list[tuple[str, str]], training: bool
) -> None:
    history = [{"protectedHistory": {"protectedAt": moment, "action": action}} for moment, action in actions]
    files = {"data/protected-history.js": assigned("protected_history", history)}
    assert only(tmp_path, tweet(1), **files).training is training


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"tweet": {"full_text": "no id"}}, "no id"),
        ({"tweet": tweet(1, "")}, "empty text"),
        ({"tweet": {**tweet(1), "created_at": "yesterday"}}, "unreadable date 'yesterday'"),
        ({"tweet": {**tweet(1), "id_str": "1/../2"}}, "no id"),
        ({"tweet": [1]}, "no id"),
        (7, "JSON that is not an object"),
    ],
)
def test_what_is_no_tweet_costs_itself(tmp_path: Path, value: object, reason: str) -> None:
    content = assigned("tweets", [{"tweet": tweet(2)}, value, {"tweet": tweet(3)}])
    first, rejected, last = rows(tmp_path, {"data/tweets.js": content})
    assert isinstance(first, Post)
    assert isinstance(last, Post)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert rejected.file.endswith("twitter-2023.zip/data/tweets.js")
    assert content.splitlines()[rejected.line - 1].strip()[:1] in "{7"


def test_fields_of_wrong_types_do_no_harm(tmp_path: Path) -> None:
    hostile: list[Any] = [None, 7, "x", [], [[]], {}, {"urls": 7}, {"urls": [7, {"url": 7}], "media": [7]}]
    values = [
        tweet(number, entities=value, extended_entities=value, user=value, retweeted_status=value, lang=value)
        for number, value in enumerate(hostile)
    ]
    found = rows(tmp_path, {"data/tweets.js": tweets(*values)})
    assert [row.id for row in found if isinstance(row, Post)] == [
        f"x:{number}" for number in range(len(hostile))
    ]


def test_a_file_that_is_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    content = tweets(*(tweet(number) for number in range(50)))
    found = rows(tmp_path, {"data/tweets.js": content[: len(content) // 2]})
    assert isinstance(found[-1], Rejected)
    assert len(found) > 20


def test_a_large_file_is_not_held(tmp_path: Path) -> None:
    def chunks() -> Iterator[str]:
        yield "window.YTD.tweets.part0 = ["
        for number in range(1, 8_000):
            yield ("," if number > 1 else "") + json.dumps({"tweet": tweet(number, "word " * 500)})
        yield "]"

    path = tmp_path / "twitter.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("data/tweets.js", "w") as member,
        io.TextIOWrapper(member) as text,
    ):
        text.writelines(chunks())
    tracemalloc.start()
    count = sum(isinstance(row, Post) for row in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 7_999
    assert peak < 8 << 20


def test_an_archive_of_something_else_is_not_recognised(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no export of a known format"):
        rows(tmp_path, {"data/like.js": assigned("like", [{"like": {"tweetId": "5"}}])})
