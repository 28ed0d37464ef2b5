"""The links of a post, each in one form however it was shared.

Two posts that link to one page should show one address: the host in lower case and ASCII (IDNA, RFC 5891), no default
port, no fragment (but `#!`, which old sites put their pages behind), no parameters that only say who shared it, and one
host for sites known to have several. The order of the query stays: to some servers it matters. What only the network
could tell, where a shortened address leads, is not asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import daft
import daft.functions as F  # noqa: N812
import pyarrow.compute as pc
from daft import DataType, Expression, Series
from yarl import URL

from truthgpt.corpus.cleaning.marks import HAN
from truthgpt.corpus.cleaning.rows import lists

_CANDIDATE = r"(?:\]\(\s{0,2}<?)?(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.)[^\s<>]+"
"""What may be a link, up to the next blank: found in Rust, and cut out of it in Python where there is one."""


_NO_PART = r"\s<>\[\]{}|\\^`\"“”‘’«»…、。，！？；：（）「」『』《》【】"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\](?::[0-9]+)?|[^/?#{_NO_PART}]+)"
# After a letter or a digit Chinese is text again ("t.cn/A1b2很好"); after a slash it belongs to the path ("/wiki/北京").
_PATH = rf"(?:[/?#][{HAN}]*(?:[/=_&%-][{HAN}]+|[^{_NO_PART}{HAN}])*)?"
# What Markdown puts in parentheses ends with them, though the address may hold a pair of its own.
_IN_PARENTHESES = r"\]\(\s*<?(?:https?://|www\.)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*"
_LINK = re.compile(rf"{_IN_PARENTHESES}|https?://{_HOST}{_PATH}|(?<![\w.])www\.{_HOST}{_PATH}", re.IGNORECASE)

_BEFORE = re.compile(r"\]\(\s*<?")
_TRAILING = ".,;:!?'*_~-"
_LONGEST = 2_000
"""Characters of an address: what is longer carries data, and leads nowhere that two posts share."""
_HAS_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+|[0-9a-f:.]*:[0-9a-f:.]*")
_PORTS = {"http": 80, "https": 443}
_DOTS = str.maketrans("。．｡", "...")

_TRACKERS = (
    "fbclid gclid dclid gclsrc gbraid wbraid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid _hsenc _hsmi "
    "mkt_tok ref_src ref_url vero_id oly_enc_id oly_anon_id wickedid _openstat spm share_id cmpid"
)
_TRACKING = frozenset(_TRACKERS.split())
"""Parameters that say who shared a link or which advertisement it was in."""
_TRACKING_HERE = {
    "www.youtube.com": frozenset(("si", "feature", "pp", "ab_channel")),
    "open.spotify.com": frozenset(("si", "nd", "context")),
    "x.com": frozenset(("s", "t", "src")),
    "www.instagram.com": frozenset(("hl",)),
    "www.tiktok.com": frozenset(("_r", "_t", "is_from_webapp", "sender_device")),
}
"""The same of single sites, whose names mean something elsewhere."""

_SITES = {
    "x.com": "twitter.com www.twitter.com mobile.twitter.com m.twitter.com www.x.com mobile.x.com",
    "www.youtube.com": "youtube.com m.youtube.com",
    "www.reddit.com": "reddit.com old.reddit.com new.reddit.com np.reddit.com m.reddit.com i.reddit.com "
    "pay.reddit.com ssl.reddit.com amp.reddit.com",
    "www.facebook.com": "facebook.com m.facebook.com mobile.facebook.com touch.facebook.com "
    "mbasic.facebook.com",
    "www.instagram.com": "instagram.com m.instagram.com",
    "www.tiktok.com": "tiktok.com m.tiktok.com",
    "imgur.com": "m.imgur.com www.imgur.com",
    "www.nytimes.com": "mobile.nytimes.com",
    "www.theguardian.com": "amp.theguardian.com",
    "www.bbc.com": "m.bbc.com",
    "www.bbc.co.uk": "m.bbc.co.uk",
    "edition.cnn.com": "amp.cnn.com",
}
_SITE_OF = {alias: host for host, aliases in _SITES.items() for alias in (host, *aliases.split())}
"""Hosts of which it is certain that they show the same pages under the same paths, over https."""


def links(text: Expression) -> Expression:
    """The addresses in clean `text`, canonical, in their order, each once: a list of strings."""
    linked = F.contains(text, "://") | F.regexp(text, "[Ww][Ww][Ww]\\.")
    return _canonical(F.regexp_extract_all(F.when(linked, text), _CANDIDATE))


@lru_cache(maxsize=8_192)
def canonical(found: str) -> str:
    """One form of the address `found` as it stood in a text, `""` where it is none.

    >>> canonical("HTTPS://M.YouTube.com:443/watch?v=a&utm_source=b#t"), canonical("https://youtu.be/a?si=b.")
    ('https://www.youtube.com/watch?v=a', 'https://www.youtube.com/watch?v=a')
    """
    address = _ended(_BEFORE.sub("", found, count=1))
    if address[:4].lower() == "www.":
        address = f"https://{address}"
    try:
        url = URL(address)
        host, port = (url.raw_host or "").rstrip(".").translate(_DOTS), url.explicit_port
    except ValueError:
        return ""
    if url.scheme not in _PORTS or not _HAS_HOST.fullmatch(host):
        return ""
    scheme, path, query = url.scheme, url.raw_path or "/", url.raw_query_string
    if port == _PORTS[scheme]:
        port = None
    scheme, host, path, query = _on_its_site(scheme, host, path, query)
    query = _without_tracking(query, host)
    fragment = url.raw_fragment if url.raw_fragment.startswith("!") else ""
    where = f"[{host}]" if ":" in host else host
    # Without the fragment the address may end in punctuation again.
    return _ended(
        f"{scheme}://{where}{f':{port}' if port is not None else ''}{path}"
        f"{f'?{query}' if query else ''}{f'#{fragment}' if fragment else ''}"
    )


@daft.func.batch(return_dtype=DataType.list(DataType.string()))
def _canonical(found: Series) -> Any:
    """Lists of addresses as found, each made canonical. Most posts have none and are not looked at."""
    column = found.to_arrow()
    flat: list[str] = []
    lengths = [0] * len(column)
    rows = pc.indices_nonzero(pc.fill_null(pc.list_value_length(column), 0))
    for row, candidates in zip(rows.to_pylist(), column.take(rows).to_pylist(), strict=True):
        addresses = (
            address
            for candidate in candidates
            for address in _LINK.findall(candidate)
            if len(address) <= _LONGEST
        )
        kept = dict.fromkeys(map(canonical, addresses))
        kept.pop("", None)
        flat.extend(kept)
        lengths[row] = len(kept)
    return lists(flat, lengths)


def _ended(address: str) -> str:
    """`address` without the punctuation of the sentence around it; a closing parenthesis stays where one opened."""
    opened, closed = address.count("("), address.count(")")
    end = len(address)
    while end:
        if address[end - 1] == ")" and closed > opened:
            closed -= 1
        elif address[end - 1] not in _TRAILING:
            break
        end -= 1
    return address[:end]


def _on_its_site(scheme: str, host: str, path: str, query: str) -> tuple[str, str, str, str]:
    """The address where its site has it: no mobile, AMP or short forms."""
    if path.startswith("/amp/s/") and host in ("www.google.com", "google.com"):
        scheme, (host, _, rest) = "https", path[7:].partition("/")
        path = f"/{rest}"
    elif host.endswith(".cdn.ampproject.org") and path.startswith(("/c/s/", "/v/s/")):
        scheme, (host, _, rest) = "https", path[5:].partition("/")
        path = f"/{rest}"
    if host in ("youtu.be", "www.youtu.be") and len(path) > 1:
        query = f"v={path[1:].rstrip('/')}{f'&{query}' if query else ''}"
        return "https", "www.youtube.com", "/watch", query
    if host.endswith(".m.wikipedia.org"):
        return "https", f"{host.removesuffix('.m.wikipedia.org')}.wikipedia.org", path, query
    if site := _SITE_OF.get(host):
        return "https", site, path, query
    return scheme, host, path, query


def _without_tracking(query: str, host: str) -> str:
    if not query:
        return ""
    here = _TRACKING_HERE.get(host, frozenset())
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0].lower()
        if part and not (name in _TRACKING or name in here or name.startswith("utm_")):
            kept.append(part)
    return "&".join(kept)
