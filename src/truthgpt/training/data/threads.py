"""Who replies to whom goes in, conversations come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import regex

from truthgpt.answer.injection import addresses_assistant
from truthgpt.corpus.post import Post
from truthgpt.language.engine import Message

_TURNS = 4
"""Posts of a conversation at the most, the last ones of a thread."""
_SHORTEST, _LONGEST = 15, 1_200
"""Characters that a turn has."""
_LINK = regex.compile(r"https?://|www\.")


class Threads:
    """The threads of the posts whose ids are in `replies`, each with the id of the post that it replies to, "" none."""

    def __init__(self, replies: Mapping[str, str]) -> None:
        self._above = {post: above for post, above in replies.items() if above in replies and above != post}
        self._below: dict[str, list[str]] = defaultdict(list)
        for post, above in self._above.items():
            self._below[above].append(post)

    def replies_to(self, post: str) -> Sequence[str]:
        return self._below.get(post, ())

    def exchanges(self) -> Iterator[list[str]]:
        """Conversations whose last post is an answer: of each thread's first post, of what was answered to an answer, and so
        on. Each post is the last of one at the most; before it stand those that it answers, `_TURNS` in all."""
        for post in self._above:
            path = [post]
            seen = {post}
            while (above := self._above.get(path[-1])) is not None and above not in seen:
                seen.add(above)
                path.append(above)
            if above is None and len(path) % 2 == 0:
                yield path[:_TURNS][::-1]


def turns(posts: Sequence[Post]) -> list[Message]:
    """`posts` as turns of a user and an assistant, alternately; none where one of them is no turn of a conversation."""
    if not all(_is_turn(post) for post in posts):
        return []
    return [
        Message("assistant" if number % 2 else "user", post.text.strip()) for number, post in enumerate(posts)
    ]


def _is_turn(post: Post) -> bool:
    text = post.text.strip()
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and not post.over_18
        and not _LINK.search(text)
        and not addresses_assistant(text)
    )
