"""Text in, the code of its language out: one text here, a column of them in `languages.column`."""

from __future__ import annotations

import re

from truthgpt.corpus.languages.judge import SAMPLE, judge

READ = 300
"""Characters that a sample is taken from."""
NOISE = r"(?:https?://|www\.)\S*|[@/]\w+"
"""Links, mentions and paths: names and addresses do not decide."""
LAUGHTER = "(k)k{3,}|(a)a{3,}|(h)h{3,}|(e)e{3,}"

_NOISE = re.compile(NOISE)
_LAUGHTER = re.compile(LAUGHTER)


def detect(text: str) -> str:
    """The ISO 639-1 code of the language of `text`, `""` where it cannot be told.

    Texts of fewer than three letters have none; Chinese characters without kana are `zh`. Looks at the first
    100 characters. Safe to call from several threads.

    >>> detect("Você não vai acreditar"), detect("天气很好"), detect("ok")
    ('pt', 'zh', '')
    """
    sample = _LAUGHTER.sub(lambda run: run[0][0], _NOISE.sub(" ", text[:READ].lower()))
    return judge(" ".join(sample.split())[:SAMPLE])
