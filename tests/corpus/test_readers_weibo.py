"""Crawls of Weibo, as several crawlers lay them out: ids that agree, whole texts, reposted posts, China's time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, read
from truthgpt.corpus.readers.weibo import _number

MOBILE = {
    "created_at": "Tue May 05 10:00:00 +0800 2020",
    "id": "4501000000000001",
    "mid": "4501000000000001",
    "bid": "J0AAAAAAA",
    "text": '<a href="https://m.weibo.cn/search?q=x"><span class="surl-text">#渡口时刻表#</span></a> '
    '明天两班船<span class="url-icon"><img alt=[太阳] src="https://h5.example/sun.png" /></span>&amp;风小'
    '<br />...<a href="/status/4501000000000001">全文</a>',
    "isLongText": True,
    "user": {"id": 1000000001, "screen_name": "渡口老周"},
    "reposts_count": 3,
    "comments_count": 4,
    "attitudes_count": "1.2万",
    "visible": {"type": 0, "list_id": 0},
}
DESKTOP = {
    "created_at": "Wed May 06 08:30:00 +0800 2020",
    "id": 4501000000000002,
    "idstr": "4501000000000002",
    "mid": "4501000000000002",
    "mblogid": "J0BBBBBBB",
    "user": {"id": 1000000002, "idstr": "1000000002", "screen_name": "河边的猫"},
    "text": "a<br/>b",
    "text_raw": "三班船\n没有风 <3",
    "attitudes_count": 7,
    "reposts_count": 0,
    "isLongText": False,
}
CRAWLER = {
    "user_id": 1000000003,
    "screen_name": "闸口小李",
    "id": 4501000000000003,
    "bid": "J0CCCCCCC",
    "text": "水位正常",
    "created_at": "2020-05-07 09:15:00",
    "attitudes_count": 1,
    "comments_count": 0,
    "reposts_count": 0,
    "topics": "",
    "at_users": "",
}


def rows(folder: Path, *objects: Any) -> list[Any]:
    path = folder / "weibo.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects), encoding="utf-8")
    return list(read(path))


def test_a_post_of_the_mobile_interface(tmp_path: Path) -> None:
    assert rows(tmp_path, MOBILE) == [
        Post(
            id="weibo:4501000000000001",
            text='<a href="https://m.weibo.cn/search?q=x"><span class="surl-text">#渡口时刻表#</span></a> '
            '明天两班船<span class="url-icon">[太阳]</span>&amp;风小<br />...',
            community="渡口时刻表",
            author="渡口老周",
            created_at=datetime(2020, 5, 5, 2, tzinfo=UTC),
            url="https://m.weibo.cn/detail/4501000000000001",
            score=12_000,
            source="weibo",
            markup="html",
        )
    ]


def test_a_post_of_the_desktop_interface_has_plain_text(tmp_path: Path) -> None:
    (post,) = rows(tmp_path, DESKTOP)
    assert (post.id, post.text, post.markup) == ("weibo:4501000000000002", "三班船\n没有风 <3", "")


def test_a_crawlers_own_layout_is_in_chinas_time(tmp_path: Path) -> None:
    (post,) = rows(tmp_path, CRAWLER)
    assert (post.author, post.text, post.markup) == ("闸口小李", "水位正常", "")
    assert post.created_at == datetime(2020, 5, 7, 1, 15, tzinfo=UTC)


def test_a_file_of_one_user(tmp_path: Path) -> None:
    path = tmp_path / "1000000003.json"
    path.write_text(json.dumps({"user": {"screen_name": "闸口小李"}, "weibo": [CRAWLER, 7]}, indent=2))
    post, bad = read(path)
    assert isinstance(post, Post)
    assert post.id == "weibo:4501000000000003"
    assert isinstance(bad, Rejected)


def test_cards_hold_a_post(tmp_path: Path) -> None:
    (post,) = rows(tmp_path, {"card_type": 9, "mblog": MOBILE})
    assert post.id == "weibo:4501000000000001"


@pytest.mark.parametrize(
    ("bid", "number"),
    [("z0JH2lOMb", "3501756485200075"), ("0", "0"), ("10000", "10000000"), ("Z", "61")],
)
def test_the_two_spellings_of_an_id_agree(tmp_path: Path, bid: str, number: str) -> None:
    assert _number(bid) == number
    (post,) = rows(tmp_path, {**CRAWLER, "id": None, "bid": bid if not bid.isdecimal() else "z0JH2lOMb"})
    assert post.id.startswith("weibo:")
    assert post.id.removeprefix("weibo:").isdecimal()


@pytest.mark.parametrize(
    ("long", "text", "markup"),
    [
        ({"longText": {"longTextContent": "全<br />文"}}, "全<br />文", "html"),
        ({"longText": {"longTextContent": "<b", "longTextContent_raw": "全文"}}, "全文", ""),
        ({"longText": {"content": "全文 a &lt; b"}}, "全文 a &lt; b", ""),
        ({"longText": None}, "三班船\n没有风 <3", ""),
    ],
)
def test_the_whole_of_a_long_text_is_taken(tmp_path: Path, long: Any, text: str, markup: str) -> None:
    (post,) = rows(tmp_path, {**DESKTOP, "isLongText": True, **long})
    assert (post.text, post.markup) == (text, markup)


def test_a_repost_and_what_it_reposts(tmp_path: Path) -> None:
    inner, outer = rows(tmp_path, {**DESKTOP, "text_raw": "说得好", "retweeted_status": MOBILE})
    assert (inner.id, outer.id) == ("weibo:4501000000000001", "weibo:4501000000000002")
    assert (outer.text, outer.reposts, inner.reposts) == ("说得好", "weibo:4501000000000001", "")
    inner, bare = rows(tmp_path, {**DESKTOP, "text_raw": "转发微博", "retweeted_status": MOBILE})
    assert isinstance(inner, Post)
    assert isinstance(bare, Rejected)
    assert bare.reason == "a repost without words of its own"


def test_posts_within_posts_end(tmp_path: Path) -> None:
    nested: dict[str, Any] = MOBILE
    for _ in range(50):
        nested = {**DESKTOP, "retweeted_status": nested}
    deep, *read_ones = rows(tmp_path, nested)
    assert deep.reason == "posts within posts are read 3 deep"
    assert [row.reposts for row in read_ones] == ["weibo:4501000000000002"] * 3


def test_what_is_deleted_or_hidden(tmp_path: Path) -> None:
    flagged, by_author, hidden, friends = rows(
        tmp_path,
        {**MOBILE, "deleted": "1", "user": None},
        {**DESKTOP, "text_raw": "抱歉,此微博已被作者删除。查看帮助".replace(",", "，"), "user": None},
        {**DESKTOP, "text_raw": "抱歉，作者已设置仅展示半年内微博，此微博已不可见。", "user": None},
        {**MOBILE, "visible": {"type": 6, "list_id": 0}},
    )
    assert flagged == Deleted("weibo:4501000000000001", "weibo")
    assert by_author == Deleted("weibo:4501000000000002", "weibo")
    assert [row.reason for row in (hidden, friends)] == ["deleted or hidden on Weibo", "not public"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Tue May 05 10:00:00 +0800 2020", datetime(2020, 5, 5, 2, tzinfo=UTC)),
        ("2020-05-05T10:00:00", datetime(2020, 5, 5, 2, tzinfo=UTC)),
        ("2020-05-05T10:00:00Z", datetime(2020, 5, 5, 10, tzinfo=UTC)),
        ("2020-05-05 10:00:00+00:00", datetime(2020, 5, 5, 10, tzinfo=UTC)),
        ("2020-05-05", datetime(2020, 5, 4, 16, tzinfo=UTC)),
        ("2020年05月05日 10:00", datetime(2020, 5, 5, 2, tzinfo=UTC)),
        (1588644000, datetime(2020, 5, 5, 2, tzinfo=UTC)),
        ("1588644000", datetime(2020, 5, 5, 2, tzinfo=UTC)),
        ("3分钟前", None),
        ("昨天 10:00", None),
        ("05-05", None),
        ("05月05日 10:00", None),
        (None, None),
    ],
)
def test_dates(tmp_path: Path, written: object, moment: datetime | None) -> None:
    (post,) = rows(tmp_path, {**CRAWLER, "created_at": written})
    assert post.created_at == moment


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": " "}, "empty text"),
        ({"text": 7}, "empty text"),
        ({"id": None, "bid": None}, "no id"),
        ({"id": "../1", "bid": "a b"}, "no id"),
        ({"created_at": "0001-01-01 00:00:00"}, "unreadable date '0001-01-01 00:00:00'"),
        ({"created_at": "2020年13月01日"}, "unreadable date '2020年13月01日'"),
    ],
)
def test_what_is_no_post_says_why(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    good, bad = rows(tmp_path, CRAWLER, {**CRAWLER, **changes})
    assert isinstance(good, Post)
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (2, reason)


@pytest.mark.parametrize(
    ("count", "score"), [("100万+", 1_000_000), ("3.2万", 32_000), ("12", 12), ("x", 0), (None, 0)]
)
def test_counts(tmp_path: Path, count: object, score: int) -> None:
    (post,) = rows(tmp_path, {**CRAWLER, "attitudes_count": count})
    assert post.score == score
