"""Telegram Desktop's `result.json` in, posts out: the export of one chat, or of an account with all its chats.

It is one object, which may be of gigabytes, so it is walked message by message. A chat's `type` decides: what stands in
channels and groups is read, and where they are private it is kept from training, since its authors wrote for the
members; talks between two people are rejected without their text. Ids are `telegram:` with the chat's number and the
message's: `telegram:1293682545/77`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import dates
from truthgpt.corpus.readers.buffer import Buffer, LostError
from truthgpt.corpus.readers.fields import address, name, score, text
from truthgpt.corpus.readers.objects import elements
from truthgpt.corpus.readers.reader import Reader, Row
from truthgpt.corpus.readers.rejected import Rejected, excerpt
from truthgpt.corpus.readers.source import Source

_PUBLIC = frozenset(("public_channel", "public_supergroup"))
_MEMBERS = frozenset(("private_channel", "private_supergroup", "private_group"))
_PERSONAL = frozenset(("personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"))
_TYPES = _PUBLIC | _MEMBERS | _PERSONAL
_LISTS = ("chats", "left_chats")
_ACCOUNT = ("personal_information", "frequent_contacts", *_LISTS)

_OLD_CHATS = range(2 << 32, 3 << 32)
"""Until 2021 the export wrote a chat's number with its kind in the upper bits."""
_MEDIA = ("media_type", "photo", "file", "sticker_emoji", "location_information", "contact_information")


@dataclass(frozen=True, slots=True)
class _Chat:
    """What is known of the chat whose messages are being read; `number` is its id as the export writes it."""

    name: str = ""
    type: str = ""
    number: int | None = None


def recognises(source: Source) -> bool:
    """Whether the file's object is a chat or an account."""
    first = source.first
    chat = first.get("type")
    if isinstance(chat, str) and chat in _TYPES:
        return "messages" in first
    return any(isinstance(first.get(key), Mapping) for key in _ACCOUNT) and "messages" not in first


def read(source: Source, community: str) -> Iterator[Row]:
    """The messages of an export. The community is the chat's name; `line` of a rejected row is where it begins."""
    buffer = Buffer(source.chunks())
    try:
        yield from _object(source, community, buffer)
    except LostError as error:
        yield Rejected(str(source.path), buffer.line, error.reason, "")


def _object(source: Source, community: str, buffer: Buffer, inside: bool = False) -> Iterator[Row]:
    """The messages of the chat that begins in `buffer`, or of all in the account that does."""
    known: dict[str, object] = {}
    for key in buffer.members():
        if key == "messages" and buffer.peek() == "[":
            chat = _chat(known)
            for item in elements(source, buffer):
                if isinstance(item, Rejected):
                    yield item if _is_open(chat) else Rejected(item.file, item.line, item.reason, "")
                    continue
                row = _message(source.name, community, chat, item.value)
                if isinstance(row, Post):
                    yield row
                else:
                    # What people wrote to each other alone is not even kept among the rejected rows.
                    shown = excerpt(item.raw) if _is_open(chat) else f"message {name(item.value.get('id'))}"
                    yield Rejected(str(source.path), item.line, row, shown)
        elif key in _LISTS and not inside and buffer.peek() == "{":
            for part in buffer.members():
                if part == "list":
                    for _ in buffer.elements():
                        yield from _object(source, community, buffer, inside=True)
                else:
                    buffer.pass_over()
        elif key in ("name", "type", "id") and buffer.peek() not in ("{", "["):
            known[key] = json.loads(buffer.take())
        else:
            buffer.pass_over()


def _chat(known: Mapping[str, object]) -> _Chat:
    number = _number(known.get("id"))
    return _Chat(name(known.get("name")), name(known.get("type")), int(number) if number else None)


def _number(value: object) -> str:
    """The digits of an id, `""` if it is none."""
    digits = name(value) if isinstance(value, int) else ""
    return digits if digits.isdecimal() else ""


def _is_open(chat: _Chat) -> bool:
    return chat.type in _PUBLIC or chat.type in _MEMBERS


def _message(source: str, community: str, chat: _Chat, message: dict[str, Any]) -> Post | str:
    """The post, or the reason why the message is none."""
    get = message.get
    if chat.type in _PERSONAL:
        return "of a private chat"
    if not _is_open(chat):
        return "of a chat whose type is not known: it has to stand before the messages"
    if get("type") == "service":
        return "a service message, which nobody wrote"
    own = _number(get("id"))
    if not own or chat.number is None:
        return "no id"
    old = "date_unixtime" not in message
    number = chat.number - _OLD_CHATS.start if old and chat.number in _OLD_CHATS else chat.number
    written = _written(message)
    if not written:
        media = next((key for key in _MEDIA if get(key)), None)
        return f"no text: {name(get('media_type')) or media}" if media else "empty text"
    # Exports before 2022 only have the exporter's local time, which is taken for UTC.
    sent = get("date_unixtime") or get("date")
    try:
        created_at = dates.parse(sent)
    except ValueError:
        return f"unreadable date {name(sent)[:40]!r}"
    return Post(
        f"telegram:{number}/{own}",
        written,
        chat.name or community,
        # A forwarded message is by whom it was forwarded from.
        name(get("forwarded_from")) or name(get("from")) or name(get("from_id")),
        created_at,
        url="" if chat.type == "private_group" else f"https://t.me/c/{number}/{own}",
        score=_reactions(get("reactions")),
        source=source,
        reply_to=_answered(message, number),
        training=chat.type in _PUBLIC,
    )


def _answered(message: Mapping[str, Any], number: int) -> str:
    """The id of the message that one answers, which may stand in another chat."""
    answered = _number(message.get("reply_to_message_id"))
    if not answered:
        return ""
    peer = message.get("reply_to_peer_id")
    if not isinstance(peer, str):
        return f"telegram:{number}/{answered}"
    digits = peer.lstrip("abcdefghijklmnopqrstuvwxyz")[:20]
    return f"telegram:{digits}/{answered}" if digits.isdecimal() and not peer.startswith("user") else ""


def _written(message: Mapping[str, Any]) -> str:
    """A message's text, a poll's question and choices."""
    written = _plain(message["text"] if "text" in message else message.get("text_entities"))
    poll = message.get("poll")
    if not isinstance(poll, Mapping):
        return written
    answers = poll.get("answers")
    choices = [_plain(answer.get("text")) for answer in _mappings(answers)]
    lines = [written, _plain(poll.get("question")), *(f"- {choice}" for choice in choices)]
    return "\n".join(line for line in lines if line)


def _plain(value: object) -> str:
    """Text that is a string, or a list of strings and of parts with a type; the address that a link hides follows it."""
    if not isinstance(value, list):
        return text(value)
    parts: list[str] = []
    for part in value:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
            shown, link = part["text"], address(part.get("href"))
            parts.append(f"{shown} ({link})" if link and link.rstrip("/") not in shown else shown)
    return "".join(parts).strip()


def _reactions(value: object) -> int:
    return score(sum(score(reaction.get("count")) for reaction in _mappings(value)))


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


READER = Reader("telegram", recognises, read)
