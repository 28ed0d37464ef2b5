"""A post written in HTML in, the text that its author wrote out.

Mastodon, Hacker News and Telegram store posts as HTML. Lexbor (selectolax) reads it as a browser does; this walk turns
the tree into lines. What a reader of the page sees is kept; of a link that is shown shortened, the whole address, and of
one that hides behind words both, `[words](address)`.

Lexbor takes time with the square of how deep elements nest and how many attributes one has (134 s for 1 MiB of `<div>`),
so only texts up to `LONGEST` characters go through it. A longer one has its tags cut out, in one pass.
"""

from __future__ import annotations

import html
import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

LONGEST = 16_384
"""Characters of HTML that are read as a tree: a tenth of a second at worst."""

_DROPPED = frozenset(
    ("script", "style", "template", "head", "title", "noscript", "iframe", "object", "svg", "math")
)
_BLOCKS = (
    "div li ul ol dl dt dd tr table section article header footer figure figcaption details summary hr form"
)
_LINES = frozenset(_BLOCKS.split())
_PARAGRAPHS = frozenset(("p", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"))
_DEEPEST_QUOTE = 8
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SHORTENED = ("…", "...")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)

_UNSEEN = re.compile(r"<(?:!--|(?:script|style)\b)", re.IGNORECASE)
_END = {"<!--": "-->", "<script": "</script", "<style": "</style"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")


def to_text(markup: str) -> str:
    """The text of `markup`, entities decoded once. Linear in its length beyond `LONGEST` characters.

    >>> to_text("<p>1 &lt; 2<br>yes</p><blockquote>quoted</blockquote><p><a href='https://a.example/x'>here</a></p>")
    '1 < 2\\nyes\\n\\n> quoted\\n\\n[here](https://a.example/x)'
    """
    if "<" not in markup:
        return _BLANKS.sub(" ", html.unescape(markup)).strip()
    return _without_tags(markup) if len(markup) > LONGEST else _walk(markup)


class _Lines:
    """Text put down piece by piece; blank lines and spaces between are settled when the next word comes."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.quotes = 0
        self._breaks = 0
        self._space = False
        self._quoted = False

    def text(self, text: str) -> None:
        """`text` as HTML means it: a run of blanks is one space, none at the beginning of a line."""
        words = _BLANKS.sub(" ", text)
        if words.startswith(" "):
            self._space = True
        if body := words.strip(" "):
            self._put(body)
            self._space = words.endswith(" ")

    def verbatim(self, text: str) -> None:
        """`text` with its line ends and spaces, as `<pre>` shows it."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.line_break()
            if line:
                self._put(line)

    def line_break(self) -> None:
        self._breaks, self._space = min(self._breaks + 1, 2), False

    def at_least(self, breaks: int) -> None:
        """The next word stands `breaks` line ends below the last one, or further."""
        self._breaks, self._space = max(self._breaks, breaks), False

    def _put(self, words: str) -> None:
        mark = "> " * min(self.quotes, _DEEPEST_QUOTE)
        if not self.parts:
            self.parts.append(mark)
        elif self._breaks:
            # A blank line between two lines of a quotation is one of the quotation.
            between = mark.rstrip() if self._quoted else ""
            self.parts.append(f"\n{between}\n{mark}" if self._breaks > 1 else f"\n{mark}")
        elif self._space:
            self.parts.append(" ")
        self.parts.append(words)
        self._breaks, self._space, self._quoted = 0, False, self.quotes > 0


def _walk(markup: str) -> str:
    body = LexborHTMLParser(markup).body
    lines = _Lines()
    if body is None:
        return ""
    node: Any = body.child
    depth = verbatim = 0
    while node is not None:
        inside = _enter(node, lines, verbatim > 0)
        if inside and node.child is not None:
            verbatim += node.tag == "pre"
            node, depth = node.child, depth + 1
            continue
        if inside:
            _leave(node, lines)
        while node.next is None and depth:
            node, depth = node.parent, depth - 1
            verbatim -= node.tag == "pre"
            _leave(node, lines)
        node = node.next
    return "".join(lines.parts)


def _enter(node: Any, lines: _Lines, verbatim: bool) -> bool:
    """Puts down what stands at the beginning of `node`; whether what is in it is to be walked, and left."""
    tag = node.tag
    if tag == "-text":
        (lines.verbatim if verbatim else lines.text)(node.text_content or "")
        return False
    if tag == "br":
        lines.line_break()
    elif tag == "img":
        lines.text(node.attributes.get("alt") or "")
    elif tag == "a":
        if (shown := _link(node)) is not None:
            lines.text(shown)
            return False
        return True
    elif tag in _DROPPED or tag.startswith("-"):
        return False
    elif tag in _PARAGRAPHS:
        lines.at_least(2)
        lines.quotes += tag == "blockquote"
        return True
    elif tag in _LINES:
        lines.at_least(1)
        if tag == "li":
            lines.text("- ")
        return True
    elif tag in ("td", "th"):
        lines.text(" ")
        return True
    else:
        return True
    return False


def _leave(node: Any, lines: _Lines) -> None:
    tag = node.tag
    if tag in _PARAGRAPHS:
        lines.at_least(2)
        lines.quotes -= tag == "blockquote"
    elif tag in _LINES:
        lines.at_least(1)


def _link(node: Any) -> str | None:
    """What to put down for a link, or nothing where what it shows says it all."""
    address = (node.attributes.get("href") or "").strip()
    shown = node.text(deep=True).strip()
    if not _SCHEME.match(address) or not shown or shown[0] in "@#＃":
        return None
    bare, seen = _SCHEME.sub("", address, count=1), _SCHEME.sub("", shown, count=1)
    if bare.rstrip("/") == seen.rstrip("/"):
        return address if address != shown else None
    for mark in _SHORTENED:
        if seen.endswith(mark) and bare.startswith(seen.removesuffix(mark)):
            return address
    # A mention in some dialects is a link with only a name in it; what looks like an address is left alone as well.
    if "mention" in (node.attributes.get("class") or "").split() or _SCHEME.match(shown):
        return None
    return f"[{_BLANKS.sub(' ', shown)}]({address})"


def _without_tags(markup: str) -> str:
    def line(match: re.Match[str]) -> str:
        tag = match[2].lower()
        if tag == "br":
            return "\n"
        return "\n\n" if tag in _PARAGRAPHS else "\n" if tag in _LINES else ""

    flat = _BLANKS.sub(" ", _seen(markup))
    text = html.unescape(_TAG.sub(line, flat))
    return _LINE_ENDS.sub(lambda ends: "\n\n" if ends[0].count("\n") > 1 else "\n", text).strip()


def _seen(markup: str) -> str:
    """`markup` without comments, scripts and style sheets; one that has no end reaches to the end of the text."""
    lowered = markup.lower() if markup.isascii() else markup
    kept, at = [], 0
    while match := _UNSEEN.search(markup, at):
        kept.append(markup[at : match.start()])
        end = lowered.find(_END[match[0].lower()], match.end())
        if end < 0:
            return " ".join(kept)
        # The rest of the closing tag goes with the other tags.
        at = end + 3 if match[0] == "<!--" else end
    return " ".join((*kept, markup[at:]))
