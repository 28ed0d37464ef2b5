"""What a post says and its author does not hold: what is called false at once, meant in jest, made up, or taken back in the end.

Patterns are matched on the text as it is, in English, Portuguese and Chinese.
"""

from __future__ import annotations

from functools import lru_cache

import regex

_DENIED = regex.compile(
    r"\W{0,8}(?:now,? )?(?:(?:this|that|it)(?:'s| is|s)? (?:just |simply |completely |totally )?)?(?:false|wrong|not true|untrue|nope|incorrect"
    r"|err\w{2,6}ous|busted|nonsense|(?:a )?myth|bull(?:shit)?|falso|errado|mentira|mito|不对|错|假的|谣言)\b?(?:[.!。！\n]| for | because )",
    regex.IGNORECASE,
)
# What its author says in jest or invents, by their own word, and what they take back at the end.
_IN_JEST = regex.compile(
    r"\[(?:sarcasm|satire|joke|parody|fiction|writing prompt|wp)\]|\b(?:i (?:had|have|got)|i've (?:had|got)|my) (?:\w+ ){0,3}"
    r"(?:idea|plot|concept|premise|outline)"
    r" (?:\w+ ){0,2}for an? (?:\w+ ){0,3}(?:book|novel|story|screenplay|script|film|movie|comic|campaign)\b",
    regex.IGNORECASE,
)
_IRONY = regex.compile(r"(?:(?<=\s)|[\s*_]{0,4})/s\b")
_CHANGED = regex.compile(
    r"\b(?:my (?:view|mind|opinion) (?:has been|was|is|has) (?:been )?changed|mudei de (?:ideia|opinião))\b|我改变了?(?:看法|主意)",
    regex.IGNORECASE,
)
_WRONG = regex.compile(
    r"\W{0,4}(?:(?:but|turns out|it turns out|and|boy),? )?"
    r"(?:(?:i|we) (?:was|were|stand|have been) (?:\w+ )?(?:wrong|mistaken|corrected)|(?:eu )?estava enganad[oa]|我错了)",
    regex.IGNORECASE,
)
_AFTER, _OPENING, _READ = 60, 400, 20_000
"""Characters behind a sentence in which it is called false, of a post's opening, and of a post that are looked at."""


def is_disowned(text: str, start: int, end: int) -> bool:
    """Whether the author of the post `text` calls its sentence [start, end) false, jests, makes it up, or takes it back."""
    return (
        _DENIED.match(text[end : end + _AFTER]) is not None
        or _IRONY.match(text, end) is not None
        or _IRONY.search(text, max(start, end - 8), end) is not None
        or _IN_JEST.search(text, 0, _OPENING) is not None
        or end <= _changed_at(text)
        or _WRONG.match(text, end) is not None
    )


@lru_cache(maxsize=64)
def _changed_at(text: str) -> int:
    """Where the author of the post `text` last says that their view has changed; -1 where they do not."""
    return max((match.start() for match in _CHANGED.finditer(text[:_READ])), default=-1)
