"""The readers on files as platforms and people make them: what becomes a post, and with which fields."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers import Rejected, read
from truthgpt.errors import BadInputError

REDDIT = (
    "created_utc,score,domain,id,title,ups,downs,num_comments,permalink,selftext,over_18,name,url\n"
    "1375868204.0,132,i.example,1aaaaa,Verão,150,18,113,http://www.reddit.com/r/portugal/comments/1aaaaa/x/,"
    '"Sol &amp; mar\n\n&amp;lt; 3",True,t3_1aaaaa,http://i.example/a.jpg\n'
    "1375868205.0,1,i.example,1bbbbb,Just a link,1,0,0,http://www.reddit.com/r/pics/comments/1bbbbb/y/,,"
    "False,t3_1bbbbb,http://i.example/b.jpg\n"
)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def posts(path: Path, **options: object) -> list[Post]:
    rows = list(read(path, **options))  # type: ignore[arg-type]
    assert all(isinstance(row, Post) for row in rows), rows
    return [row for row in rows if isinstance(row, Post)]


def only(path: Path, **options: object) -> Post:
    (post,) = posts(path, **options)
    return post


def test_a_reddit_export_keeps_title_body_community_and_address(tmp_path: Path) -> None:
    first, second = posts(write(tmp_path, "portugal.csv", REDDIT))
    assert first == Post(
        id="reddit:1aaaaa",
        text="Verão\n\nSol &amp; mar\n\n&amp;lt; 3",
        community="portugal",
        created_at=datetime(2013, 8, 7, 9, 36, 44, tzinfo=UTC),
        url="http://www.reddit.com/r/portugal/comments/1aaaaa/x/",
        score=132,
        over_18=True,
        source="portugal",
        markup="entities",
    )
    assert second.text == "Just a link"
    assert second.community == "pics"
    assert second.over_18 is False


def test_a_reddit_export_without_permalink_is_of_the_community_that_names_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path, "askscience.csv.gz", gzip.compress(b"created_utc,id,selftext,num_comments\n1,a,Why?,0\n")
    )
    assert only(path).community == "askscience"
    assert only(path, community="science").community == "science"


def test_pushshift_comments_and_submissions_do_not_share_ids(tmp_path: Path) -> None:
    rows = [
        {"id": "c1", "subreddit": "law", "author": "ann", "created_utc": 1500000000, "body": "a &gt; b"},
        {
            "id": "c1",
            "subreddit": "law",
            "author": "[deleted]",
            "created_utc": 1500000000,
            "title": "T",
            "selftext": "",
        },
        {
            "id": "c2",
            "subreddit": "law",
            "author": "bob",
            "created_utc": 1500000000,
            "title": "T",
            "selftext": "[removed]",
        },
        {"id": "c3", "subreddit": "law", "author": "bob", "created_utc": 1500000000, "body": "[deleted]"},
    ]
    path = write(tmp_path, "law.jsonl", "\n".join(map(json.dumps, rows)))
    comment, submission, removed, deleted, gone = read(path)
    assert isinstance(comment, Post)
    assert (comment.id, comment.text, comment.author) == ("reddit:t1_c1", "a &gt; b", "ann")
    assert isinstance(submission, Post)
    assert (submission.id, submission.text, submission.author) == ("reddit:c1", "T", "")
    assert isinstance(removed, Post)
    assert removed.text == "T"
    assert isinstance(deleted, Rejected)
    assert (deleted.line, deleted.reason) == (4, "deleted by its author")
    assert gone == Deleted("reddit:t1_c3", "law")


def test_a_tweet_with_its_nested_user(tmp_path: Path) -> None:
    tweet = {
        "id": 1050118621198921728,
        "id_str": "1050118621198921728",
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "full_text": "A &amp; B",
        "text": "A…",
        "user": {"screen_name": "acme", "name": "Acme"},
        "lang": "in",
        "favorite_count": 7,
        "possibly_sensitive": True,
    }
    assert only(write(tmp_path, "tweets.ndjson", json.dumps(tweet))) == Post(
        id="1050118621198921728",
        text="A &amp; B",
        author="acme",
        created_at=datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC),
        language="id",
        score=7,
        over_18=True,
        source="tweets",
        markup="entities",
    )


def test_the_demo_form(tmp_path: Path) -> None:
    line = (
        '{"id":"demo:pt-1","text":"Olá","community":"saude","author":"ana","created_at":"2019-08-20T13:10:00Z",'
        '"language":"pt-BR","score":58}'
    )
    post = only(write(tmp_path, "pt.jsonl", line))
    assert (post.id, post.language, post.score, post.community) == ("demo:pt-1", "pt", 58, "saude")


def test_a_mapping_overrides_names_and_ignores_their_case(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "Key,Text,Story,Who\n1,no,yes,ann\n")
    post = only(path, mapping={"text": "Story", "author": "who", "id": "Key"})
    assert (post.id, post.text, post.author) == ("1", "yes", "ann")


def test_a_row_without_id_gets_one_of_its_content(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "text,author,date\nhello,ann,2020-01-02\n")
    digest = hashlib.sha256(b"c\0ann\x002020-01-02T00:00:00+00:00\0hello").hexdigest()
    assert only(path, community="c").id == digest[:16]
    assert only(path, community="d").id != digest[:16]


@pytest.mark.parametrize("form", ["{0}\n{1}\n{2}\n", "[{0},\n{1},\n{2}]"])
def test_ids_too_large_to_be_exact_do_not_become_one(tmp_path: Path, form: str) -> None:
    """Numbers of more than 64 bits come as floats, and several of them as the same."""
    ids = ("18446744073709551615", "99999999999999999999001", "99999999999999999999002")
    rows = (f'{{"id": {number}, "text": "post"}}' for number in ids)
    post, *rejected = read(write(tmp_path, "a.json", form.format(*rows)))
    assert isinstance(post, Post)
    assert post.id == ids[0]
    assert [row.line for row in rejected if isinstance(row, Rejected)] == [2, 3]
    assert all("id" in row.reason for row in rejected if isinstance(row, Rejected))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a,b;c;d", "a,b"),
        ("a,b\tc\td", "a,b"),
        ("a,b|c|d", "a,b"),
    ],
)
def test_the_delimiter_is_told_by_the_first_line(tmp_path: Path, written: str, text: str) -> None:
    mark = written[3]
    path = write(tmp_path, "x.csv", f"text{mark}author{mark}id\n{written}\n")
    assert only(path).text == text


def test_one_column_is_enough(tmp_path: Path) -> None:
    assert [post.text for post in posts(write(tmp_path, "x.csv", "text\nhello\n\nworld"))] == [
        "hello",
        "world",
    ]


def test_an_unquoted_tsv_may_hold_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, "x.tsv", 'id\ttext\n1\t"hello\n2\tworld"\n3\t"a" b\n4\t"two\nlines"\n')
    assert [post.text for post in posts(path)] == ['"hello', 'world"', '"a" b', "two\nlines"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(("id,text", '1,"olá', '世界 🎉"', "2,b", ""))
    bare = encoding.removesuffix("-bom")
    data = text.encode(encoding) if bare == encoding else ("\ufeff" + text).encode(bare)
    assert [post.text for post in posts(write(tmp_path, "x.csv", data))] == [f"olá{end}世界 🎉", "b"]


def test_an_unusual_line_separator_is_part_of_the_text(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "id,text\n1,a\u2028b\x85c\n2,d\n")
    assert [post.text for post in posts(path)] == ["a\u2028b\x85c", "d"]


def test_only_addresses_of_the_web_become_links(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "text,url\na,javascript:alert(1)\nb,HTTPS://example.org/x\nc,/r/x\n")
    assert [post.url for post in posts(path)] == ["", "HTTPS://example.org/x", ""]


def test_names_are_one_printable_line(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", json.dumps({"text": "t", "author": "a\n\u202eb", "id": " x\n1 "}))
    assert (only(path).author, only(path).id) == ("ab", "x1")


@pytest.mark.parametrize(
    ("score", "expected"), [("12", 12), ("3.0", 3), ("", 0), ("many", 0), ("nan", 0), ("9" * 400, 2**31 - 1)]
)
def test_scores_are_bounded_and_never_cost_the_row(tmp_path: Path, score: str, expected: int) -> None:
    assert only(write(tmp_path, "x.csv", f"text,likes\na,{score}\n")).score == expected


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "x.csv", "is empty"),
        (b" \n\n", "x.jsonl", "is empty"),
        (b"\xef\xbb\xbf", "x.csv", "is empty"),
        (gzip.compress(b"", mtime=0), "x.csv.gz", "is empty"),
        (b"hello", "x.xyz", "--format"),
        (b"a,b\n1,2\n", "x.csv", "a, b"),
        (b'{"a":1}\n', "x.jsonl", "--map text=COLUMN"),
        (b'[{"a":1}]', "x.json", "--map text=COLUMN"),
        (b"PAR1 and no more", "x.parquet", "Parquet"),
        (b"\x1f\x8b", "x.csv.gz", "ends early"),
        (b'id,"text\n1,a\n', "x.csv", "first row"),
        (b"id,text\xe9\n1,a\n", "x.csv", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_of_error(
    tmp_path: Path, content: bytes, name: str, words: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(BadInputError) as caught:
        list(read(path))
    message = str(caught.value)
    assert words in message
    assert str(path) in message
    assert "\n" not in message


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path, "folder"),
        (tmp_path / "none.csv", "does not exist"),
        (tmp_path / "pipe", "regular"),
    ):
        with pytest.raises(BadInputError, match=words):
            read(path)


def test_wrong_options(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "text\na\n")
    with pytest.raises(BadInputError, match="no such field"):
        read(path, mapping={"colour": "text"})
    with pytest.raises(BadInputError, match="no column body"):
        list(read(path, mapping={"text": "body"}))
    with pytest.raises(BadInputError, match="not known"):
        read(path, format="xml")


def test_the_format_may_be_told(tmp_path: Path) -> None:
    assert only(write(tmp_path, "x.txt", "text\na\n"), format="csv").text == "a"
    assert only(write(tmp_path, "y.txt", '{"text":"a"}')).text == "a"
    assert only(write(tmp_path, "z", '[{"text":"a"}]')).text == "a"
