"""The fields of a query: what each is called, which values it takes, and what it asks of the store's rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from truthgpt.corpus.store import quoted
from truthgpt.corpus.table import microseconds


@dataclass(frozen=True, slots=True)
class FieldKind:
    """`read` gives a value as it is kept, and raises `ValueError` for none; `wanted` says what is, for who typed another.
    `sql` is the condition for a value that `read` gave."""

    wanted: str
    read: Callable[[str], str]
    sql: Callable[[str], str]


_SAFE_INTEGER = (1 << 63) - 1
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _name(prefixes: str) -> Callable[[str], str]:
    """A name without what platforms put before it; case counts for none of them."""
    before = re.compile(rf"(?:\s|{prefixes})*", re.IGNORECASE)

    def read(value: str) -> str:
        name = value[len(before.match(value)[0]) :].rstrip()  # type: ignore[index]
        if not name:
            raise ValueError
        return name

    return read


def _language(value: str) -> str:
    code = value.strip().lower().replace("_", "-").partition("-")[0]
    if not _LANGUAGE.fullmatch(code):
        raise ValueError
    return code


def moment(value: str) -> datetime:
    """The beginning of a year, month or day, or an ISO 8601 time; UTC where no zone is given. Raises `ValueError`."""
    if found := _DATE.fullmatch(value):
        year, month, day = (int(part or 1) for part in found.groups())
        return datetime(year, month, day, tzinfo=UTC)
    read = datetime.fromisoformat(value)
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise ValueError from None


def _moment(value: str) -> str:
    moment(value)
    return value


def _number(value: str) -> str:
    if not re.fullmatch(r"-?\d{1,19}", value, re.ASCII) or abs(int(value)) > _SAFE_INTEGER:
        raise ValueError
    return str(int(value))


def _one_of(values: Mapping[str, str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        name = value.lower()
        # "links" is as good as "link", "reply" is not "replies": those are spelled out.
        return name if name in values else _without_s(name, values)

    return read


def _without_s(name: str, values: Mapping[str, str]) -> str:
    for other in (name.removesuffix("s"), f"{name}s"):
        if other in values:
            return other
    raise ValueError


def _named(column: str, *prefixes: str) -> Callable[[str], str]:
    """The condition that `column` is a name in any case; some exports keep what their platform puts before it."""

    def sql(name: str) -> str:
        names = (quoted(f"{prefix}{name.lower()}") for prefix in ("", *prefixes))
        return f"lower({column}) IN ({', '.join(names)})"

    return sql


def timestamp(sign: str, bound: datetime) -> str:
    """The condition that a post has a time and that it stands to `bound` as `sign` says."""
    return f"created_at {sign} arrow_cast({microseconds(bound)}, 'Timestamp(Microsecond, Some(\"UTC\"))')"


def _time(sign: str) -> Callable[[str], str]:
    return lambda value: f"coalesce({timestamp(sign, moment(value))}, false)"


_HAS = {
    "link": "coalesce(array_length(links), 0) > 0",
    "mention": "coalesce(array_length(mentions), 0) > 0",
    "hashtag": "coalesce(array_length(hashtags), 0) > 0",
}
_FILTER = {
    "replies": "reply_to <> ''",
    "quotes": "quotes <> ''",
    "reposts": "reposts <> ''",
    "links": _HAS["link"],
}

_WHEN = "a date such as 2024-05-31 or a time such as 2024-05-31T12:00Z"

FIELDS: Mapping[str, FieldKind] = {
    "from": FieldKind("an author's name", _name(r"@|/?u/"), _named("author", "@", "u/", "/u/")),
    "in": FieldKind("a community's name", _name(r"#|/?r/"), _named("community", "#", "r/", "/r/")),
    "lang": FieldKind("a language's code, such as en, pt or zh", _language, _named("language")),
    "since": FieldKind(_WHEN, _moment, _time(">=")),
    "until": FieldKind(_WHEN, _moment, _time("<")),
    "min_likes": FieldKind("a whole number", _number, lambda value: f"score >= {value}"),
    "has": FieldKind(f"one of {', '.join(_HAS)}", _one_of(_HAS), _HAS.__getitem__),
    "filter": FieldKind(f"one of {', '.join(_FILTER)}", _one_of(_FILTER), _FILTER.__getitem__),
}
"""What is before the colon, in the order in which people are told of it."""

ALIASES = {
    "author": "from",
    "community": "in",
    "language": "lang",
    "min_faves": "min_likes",
    "min_score": "min_likes",
}
"""Other names under which X, Reddit and this project's own options know them."""
