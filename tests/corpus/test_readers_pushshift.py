"""Pushshift's dumps of Reddit, as they were laid out from 2006 on: what is kept, which ids, how threads hang together."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, read

OLD_SUBMISSION = {
    "created_utc": "1201832800",
    "id": "67abc",
    "name": "t3_67abc",
    "title": "Ferries &amp; tides: when to cross",
    "selftext": "",
    "author": "harbour_hand",
    "subreddit": "reddit.com",
    "score": 14,
    "edited": False,
    "over_18": False,
    "permalink": "/r/reddit.com/comments/67abc/ferries_tides_when_to_cross/",
    "url": "https://ferries.example/tides",
}
OLD_COMMENT = {
    "created_utc": "1204329600",
    "id": "c02s9rv",
    "body": "Cross at slack water.\n\n&gt; when to cross\n\nNot at night.",
    "author": "tide_table",
    "subreddit": "reddit.com",
    "link_id": "t3_67abc",
    "parent_id": "t3_67abc",
    "ups": 3,
    "edited": False,
}
NEW_SUBMISSION = {
    "id": "1c0ffee",
    "name": "t3_1c0ffee",
    "created_utc": 1711929600,
    "edited": 1711933200.0,
    "title": "The winter timetable",
    "selftext": "Two crossings a day.",
    "author": "[deleted]",
    "subreddit": "islands",
    "subreddit_name_prefixed": "r/islands",
    "score": 120,
    "over_18": True,
    "removed_by_category": None,
    "crosspost_parent": "t3_1bbbbbb",
    "crosspost_parent_list": [{"id": "1bbbbbb"}],
    "permalink": "/r/islands/comments/1c0ffee/the_winter_timetable/",
    "is_created_from_ads_ui": False,
}
NEW_COMMENT = {
    "id": "kx01abc",
    "name": "t1_kx01abc",
    "created_utc": 1711930000,
    "body": "And three on Sundays.",
    "author": "quay_cat",
    "subreddit": "islands",
    "link_id": "t3_1c0ffee",
    "parent_id": "t1_kx00zzz",
    "score": -2,
    "permalink": "/r/islands/comments/1c0ffee/the_winter_timetable/kx01abc/",
}


def rows(folder: Path, *objects: Any) -> list[Any]:
    path = folder / "RS_2024-04.zst"
    path.write_bytes(zstandard.compress("".join(json.dumps(row) + "\n" for row in objects).encode()))
    return list(read(path))


def test_an_old_submission(tmp_path: Path) -> None:
    assert rows(tmp_path, OLD_SUBMISSION) == [
        Post(
            id="reddit:67abc",
            text="Ferries &amp; tides: when to cross",
            community="reddit.com",
            author="harbour_hand",
            created_at=datetime(2008, 2, 1, 2, 26, 40, tzinfo=UTC),
            url="https://www.reddit.com/r/reddit.com/comments/67abc/ferries_tides_when_to_cross/",
            score=14,
            source="RS_2024-04",
            markup="entities",
        )
    ]


def test_an_old_comment_answers_its_submission(tmp_path: Path) -> None:
    (comment,) = rows(tmp_path, OLD_COMMENT)
    assert (comment.id, comment.reply_to) == ("reddit:t1_c02s9rv", "reddit:67abc")
    assert comment.text == OLD_COMMENT["body"]
    assert comment.score == 3


@pytest.mark.parametrize(
    ("subreddit", "url"),
    [
        ("reddit.com", "https://www.reddit.com/r/reddit.com/comments/67abc/_/c02s9rv/"),
        ("u_quay-cat", "https://www.reddit.com/r/u_quay-cat/comments/67abc/_/c02s9rv/"),
        ("..", ""),
        ("a b", ""),
        (None, ""),
    ],
)
def test_an_old_comment_gets_an_address(tmp_path: Path, subreddit: object, url: str) -> None:
    (comment,) = rows(tmp_path, {**OLD_COMMENT, "subreddit": subreddit})
    assert comment.url == url


def test_new_rows_quote_and_answer(tmp_path: Path) -> None:
    submission, comment = rows(tmp_path, NEW_SUBMISSION, NEW_COMMENT)
    assert submission.text == "The winter timetable\n\nTwo crossings a day."
    assert (submission.author, submission.over_18, submission.quotes) == ("", True, "reddit:1bbbbbb")
    assert submission.reply_to == ""
    assert (comment.id, comment.reply_to, comment.score) == ("reddit:t1_kx01abc", "reddit:t1_kx00zzz", -2)


@pytest.mark.parametrize(
    ("link", "parent", "answered"),
    [
        ("t3_10", 36, "reddit:10"),  # numbers in base 36: a submission where it is the submission's
        (36, 36, "reddit:10"),
        ("t3_zz", 37, "reddit:t1_11"),
        ("t3_zz", None, "reddit:zz"),
        (36, None, "reddit:10"),
        (None, None, ""),
        (None, 1 << 4000, ""),
    ],
)
def test_parents_as_numbers_or_missing(tmp_path: Path, link: object, parent: object, answered: str) -> None:
    (comment,) = rows(tmp_path, {**NEW_COMMENT, "link_id": link, "parent_id": parent})
    assert comment.reply_to == answered


def test_ids_are_those_of_the_csv_export(tmp_path: Path) -> None:
    """The same post comes in once, whichever export it comes from."""
    csv = tmp_path / "islands.csv"
    csv.write_text(
        "created_utc,score,id,title,permalink,selftext,over_18,name\n"
        "1711929600,120,1c0ffee,The winter timetable,/r/islands/comments/1c0ffee/x/,Two.,True,t3_1c0ffee\n"
    )
    comments = tmp_path / "comments.csv"
    comments.write_text(
        "created_utc,id,body,link_id,parent_id\n1711930000,kx01abc,Yes.,t3_1c0ffee,t1_kx00zzz\n"
    )
    from_csv = [row for path in (csv, comments) for row in read(path)]
    assert [row.id for row in from_csv if isinstance(row, Post)] == [
        row.id for row in rows(tmp_path, NEW_SUBMISSION, NEW_COMMENT)
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body": "[deleted]"}, "deleted by its author"),
        ({"body": "[removed]"}, "removed by a moderator"),
        ({"body": "[ Removed by Reddit ]"}, "taken down by Reddit"),
        ({"body": " \n"}, "empty text"),
        ({"body": None}, "empty text"),
        ({"body": {"a": 1}}, "empty text"),
        ({"removed_by_category": "deleted"}, "deleted by its author"),
        ({"removed_by_category": "copyright_takedown"}, "taken down by Reddit"),
        ({"created_utc": "soon"}, "unreadable date 'soon'"),
        ({"id": None, "name": None}, "no id"),
        ({"id": "x" * 195}, "an id longer than 200 characters"),
    ],
)
def test_what_is_no_post_says_why(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    good, bad, *_ = rows(tmp_path, NEW_COMMENT, {**NEW_COMMENT, **changes})
    assert isinstance(good, Post)
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (2, reason)


def test_a_removal_leaves_the_title_and_a_deletion_nothing(tmp_path: Path) -> None:
    removed = {**NEW_SUBMISSION, "selftext": "[removed]", "removed_by_category": "moderator"}
    deleted = {**NEW_SUBMISSION, "selftext": "[deleted]", "removed_by_category": "deleted"}
    titleless = {**NEW_SUBMISSION, "title": "[deleted by user]", "selftext": "[removed]"}
    policy = {**NEW_SUBMISSION, "title": "[ Removed by reddit in response to a notice. ]", "selftext": ""}
    kept, *gone = rows(tmp_path, removed, deleted, titleless, policy)
    assert kept.text == "The winter timetable"
    assert [row.reason for row in gone if isinstance(row, Rejected)] == [
        "deleted by its author",
        "deleted by its author",
        "taken down by Reddit",
    ]


def test_what_its_author_deleted_goes_from_the_store_too(tmp_path: Path) -> None:
    """An earlier dump may have had the text. What a moderator removed is not the author's wish."""
    found = rows(
        tmp_path,
        {**NEW_COMMENT, "body": "[deleted]"},
        {**NEW_COMMENT, "body": "[removed]"},
        {**NEW_SUBMISSION, "removed_by_category": "deleted"},
        {**NEW_COMMENT, "body": "[deleted]", "id": None, "name": None},
    )
    deleted = [row.id for row in found if isinstance(row, Deleted)]
    assert deleted == ["reddit:t1_kx01abc", "reddit:1c0ffee"]
    assert sum(isinstance(row, Rejected) for row in found) == 4


def test_text_in_brackets_is_text(tmp_path: Path) -> None:
    (comment,) = rows(
        tmp_path, {**NEW_COMMENT, "body": "[deleted] is what it says now, but I read it before."}
    )
    assert comment.text.startswith("[deleted] is")


def test_damaged_lines_cost_themselves(tmp_path: Path) -> None:
    path = tmp_path / "RC_2024-04.jsonl"
    path.write_bytes(
        json.dumps(NEW_COMMENT).encode()
        + b'\nnull\n{"id":\n'
        + json.dumps(OLD_COMMENT).encode()
        + b"\n\xff\n"
    )
    found = list(read(path))
    assert [row.id if isinstance(row, Post) else getattr(row, "reason", "") for row in found] == [
        "reddit:t1_kx01abc",
        "JSON that is not an object",
        "not valid JSON",
        "reddit:t1_c02s9rv",
        "not UTF-8",
    ]
