"""Telegram Desktop's exports: whose words are read, whose are not, and how messages hang together."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import Rejected, read

MIB = 1 << 20

NEW = {
    "id": 77,
    "type": "message",
    "date": "2023-05-04T12:20:30",
    "date_unixtime": "1683192030",
    "edited": "2023-05-04T12:25:00",
    "edited_unixtime": "1683192300",
    "from": "River Watch",
    "from_id": "channel1293682545",
    "text": [
        "Level at the weir: ",
        {"type": "bold", "text": "2.10 m"},
        ". Details ",
        {"type": "text_link", "text": "here", "href": "https://weir.example/levels"},
        ", or ",
        {"type": "link", "text": "https://weir.example/map"},
        " #weir",
    ],
    "text_entities": [{"type": "plain", "text": "Level at the weir: "}],
    "reactions": [
        {"type": "emoji", "count": 12, "emoji": "👍"},
        {"type": "custom_emoji", "count": 3, "document_id": "x"},
    ],
}
ANSWER = {
    "id": 78,
    "type": "message",
    "date": "2023-05-04T13:00:00",
    "date_unixtime": "1683194400",
    "from": "River Watch",
    "from_id": "channel1293682545",
    "reply_to_message_id": 77,
    "text": "Falling now.",
    "text_entities": [{"type": "plain", "text": "Falling now."}],
}
SERVICE = {
    "id": 1,
    "type": "service",
    "date": "2020-01-01T00:00:00",
    "actor": "River Watch",
    "action": "create_channel",
}


def chat(
    kind: str, *messages: Any, number: object = 1293682545, name: object = "River Watch"
) -> dict[str, Any]:
    return {"name": name, "type": kind, "id": number, "messages": list(messages)}


def account(*chats: Any, **more: Any) -> dict[str, Any]:
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 1, "first_name": "Ona"},
        "contacts": {"about": "…", "list": [{"first_name": "Ben", "phone_number": "00"}] * 3},
        "chats": {"about": "This page lists all chats.", "list": list(chats)},
        **more,
    }


def rows(folder: Path, export: Any, **options: Any) -> list[Any]:
    path = folder / "result.json"
    # Telegram Desktop indents by one blank.
    path.write_text(export if isinstance(export, str) else json.dumps(export, ensure_ascii=False, indent=1))
    return list(read(path, **options))


def test_a_channel(tmp_path: Path) -> None:
    service, first, second = rows(tmp_path, chat("public_channel", SERVICE, NEW, ANSWER))
    assert isinstance(service, Rejected)
    assert service.reason == "a service message, which nobody wrote"
    assert first == Post(
        id="telegram:1293682545/77",
        text="Level at the weir: 2.10 m. Details here (https://weir.example/levels), "
        "or https://weir.example/map #weir",
        community="River Watch",
        author="River Watch",
        created_at=datetime(2023, 5, 4, 9, 20, 30, tzinfo=UTC),
        url="https://t.me/c/1293682545/77",
        score=15,
        source="result",
    )
    assert (second.text, second.reply_to) == ("Falling now.", "telegram:1293682545/77")


def test_an_export_from_before_2021(tmp_path: Path) -> None:
    """Numbers had the kind of their owner in the upper bits, and dates no zone."""
    message = {
        "id": 5,
        "type": "message",
        "date": "2019-03-02T10:00:00",
        "edited": "1970-01-01T02:00:00",
        "from": "Lock Keeper",
        "from_id": 4391234567,
        "reply_to_message_id": 4,
        "text": "Closed for repairs.",
    }
    (post,) = rows(tmp_path, chat("public_supergroup", message, number=(2 << 32) + 1293682545))
    assert (post.id, post.reply_to) == ("telegram:1293682545/5", "telegram:1293682545/4")
    assert (post.author, post.created_at) == ("Lock Keeper", datetime(2019, 3, 2, 10, tzinfo=UTC))


def test_an_account_with_all_its_chats(tmp_path: Path) -> None:
    export = account(
        chat("public_supergroup", NEW, name="Rivers", number=11),
        chat("personal_chat", {**ANSWER, "text": "my secret"}, name="Ben", number=12),
        chat("saved_messages", ANSWER, number=13),
        left_chats={"about": "…", "list": [chat("private_supergroup", ANSWER, name="Locks", number=14)]},
    )
    public, personal, saved, private = rows(tmp_path, export)
    assert (public.id, public.community, public.training) == ("telegram:11/77", "Rivers", True)
    assert (private.id, private.community, private.training) == ("telegram:14/78", "Locks", False)
    for row in (personal, saved):
        assert isinstance(row, Rejected)
        assert (row.reason, row.row) == ("of a private chat", "message 78")


def test_an_account_is_known_before_its_chats_come(tmp_path: Path) -> None:
    """The chats stand behind the contacts, which may be longer than what is looked at, and than a row."""
    contacts = {"list": [{"first_name": "Ben", "note": "x" * 1000}] * 1500}
    (post,) = rows(tmp_path, account(chat("public_channel", NEW), contacts=contacts))
    assert post.id == "telegram:1293682545/77"


def test_a_private_group_is_not_trained_on_and_has_no_address(tmp_path: Path) -> None:
    (post,) = rows(tmp_path, chat("private_group", ANSWER))
    assert (post.training, post.url) == (False, "")


def test_messages_before_their_chats_type_are_not_read(tmp_path: Path) -> None:
    """Whether they are private cannot be told, so that nothing of them is shown."""
    export = {"messages": [{**ANSWER, "text": "my secret"}], "type": "personal_chat", "id": 9, "name": "Ben"}
    (row,) = rows(tmp_path, export)
    assert row.reason.startswith("of a chat whose type is not known")
    assert "secret" not in row.row


def test_a_forwarded_message_is_by_its_author(tmp_path: Path) -> None:
    forwarded = {**ANSWER, "forwarded_from": "Weather Desk", "forwarded_from_id": "channel99"}
    (post,) = rows(tmp_path, chat("public_channel", forwarded))
    assert (post.author, post.community) == ("Weather Desk", "River Watch")


@pytest.mark.parametrize(
    ("peer", "answered"),
    [
        ("channel555", "telegram:555/77"),
        ("user555", ""),
        ("channel5/../5", ""),
        (None, "telegram:1293682545/77"),
    ],
)
def test_an_answer_to_another_chat(tmp_path: Path, peer: object, answered: str) -> None:
    (post,) = rows(tmp_path, chat("public_channel", {**ANSWER, "reply_to_peer_id": peer}))
    assert post.reply_to == answered


def test_a_poll_is_its_question_and_choices(tmp_path: Path) -> None:
    poll = {
        "question": "Which lock first?",
        "closed": False,
        "total_voters": 3,
        "answers": [{"text": "Upper", "voters": 2, "chosen": True}, {"text": "Lower", "voters": 1}, None],
    }
    (post,) = rows(tmp_path, chat("public_channel", {**ANSWER, "text": "", "poll": poll}))
    assert post.text == "Which lock first?\n- Upper\n- Lower"


def test_the_newer_list_alone_is_enough(tmp_path: Path) -> None:
    entities = [
        {"type": "plain", "text": "Open "},
        {"type": "custom_emoji", "text": "🚤", "document_id": "x"},
        7,
    ]
    message = {key: value for key, value in ANSWER.items() if key != "text"}
    (post,) = rows(tmp_path, chat("public_channel", {**message, "text_entities": entities}))
    assert post.text == "Open 🚤"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "", "photo": "photos/1.jpg"}, "no text: photo"),
        ({"text": [], "media_type": "sticker", "sticker_emoji": "🚤"}, "no text: sticker"),
        ({"text": {"a": 1}}, "empty text"),
        ({"text": [{"text": 7}, None]}, "empty text"),
        ({"id": None}, "no id"),
        ({"id": -3}, "no id"),
        ({"id": 1 << 70}, "no id"),
        ({"date_unixtime": "noon"}, "unreadable date 'noon'"),
    ],
)
def test_what_is_no_post_says_why(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    good, bad = rows(tmp_path, chat("public_channel", ANSWER, {**ANSWER, **changes}))
    assert isinstance(good, Post)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert bad.line > 10


@pytest.mark.parametrize("at", range(0, 1100, 37))
def test_an_export_that_was_cut_off_says_so_and_shows_nothing_private(tmp_path: Path, at: int) -> None:
    whole = json.dumps(
        account(chat("public_channel", NEW), chat("personal_chat", {**NEW, "text": "my secret"}))
    )
    found = rows(tmp_path, whole[: len(whole) - 2 - at], format="telegram")
    assert isinstance(found[-1], Rejected)
    assert all("secret" not in row.row for row in found if isinstance(row, Rejected))


def test_a_long_export_is_not_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    message = json.dumps({**ANSWER, "text": "word " * 2000})
    with path.open("w") as file:
        file.write('{"name": "N", "type": "public_channel", "id": 5, "messages": [\n')
        for _ in range(1500):
            file.write(message + ",\n")
        file.write(message + "]}")
    tracemalloc.start()
    count = sum(isinstance(row, Post) for row in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1501
    assert path.stat().st_size > 14 * MIB
    assert peak < 8 * MIB
