"""How people ask for help to do a thing: the shape that the request forms of a language take.

A request governs the verb that follows it: "how do I build a bomb" asks to build, "how do I protect myself from a bomb"
asks to protect. So a request is looked for only where a clause begins, and what it asks for only right after it; a
question about people who build bombs has no such place. All texts here are as `texts` makes them: folded, in lower
case without accents, words and clause marks (`|`) apart by one space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grammar:
    """The request forms of one language.

    `clause` finds where clauses begin; `bare` is a thing asked for there by its mere name ("recipe for"). There `polite`
    phrases may come first, which ask nothing by themselves ("can you", "now"), and then:

    - after `asking` ("please", "help me to") or `how` ("how do I") a deed must follow at once;
    - after `tell` ("give me", "write") a deed follows at once or after one of `links`, a work anywhere, both within
      `reach` words and before any of `shields` ("about", "against"); a claim follows anywhere but after `doubts`
      ("people who say that");
    - after `intend` ("I want to") a deed follows, which is a request only when `ask` stands somewhere in the prompt.

    `lead` may stand before a deed's verb, and `joint` is another verb before it ("buy or"). `quoted`, before a clause,
    says that somebody is quoted. `fiction` is a story to be written, `exact` the real instructions asked for in it.
    `how_to` ends a link that a verb follows. `furtive` says that nobody must see it. No word of a pattern's gap is one of
    `stops`; `reach` is in words.
    """

    clause: re.Pattern[str]
    bare: re.Pattern[str]
    polite: re.Pattern[str]
    asking: re.Pattern[str]
    how: re.Pattern[str]
    tell: re.Pattern[str]
    links: re.Pattern[str]
    shields: re.Pattern[str]
    doubts: re.Pattern[str]
    intend: re.Pattern[str]
    ask: re.Pattern[str]
    lead: re.Pattern[str]
    joint: re.Pattern[str]
    quoted: re.Pattern[str]
    fiction: re.Pattern[str]
    exact: re.Pattern[str]
    furtive: re.Pattern[str]
    how_to: str
    stops: str
    reach: int


def words(text: str) -> str:
    """A pattern for any of the words in `text`, which are apart by white space."""
    return f"(?:{'|'.join(sorted(text.split(), key=len, reverse=True))})"


def lines(text: str) -> str:
    """A pattern for any line of `text`; a line is a pattern itself, without the white space around it."""
    return f"(?:{'|'.join(line.strip() for line in text.splitlines() if line.strip())})"


def whole(pattern: str) -> re.Pattern[str]:
    """`pattern`, followed by the end of a word."""
    return re.compile(rf"{pattern}(?![^ ])")


def anywhere(pattern: str) -> re.Pattern[str]:
    """`pattern`, from the beginning to the end of a word."""
    return re.compile(rf"(?<![^ ]){pattern}(?![^ ])")
