"""How well a post is written: whether it is whole sentences of a language, long enough to say something."""

from __future__ import annotations

import daft.functions as F  # noqa: N812
from daft import DataType, Expression

from truthgpt.corpus.cleaning.ramps import field, number, ramp, ratio, repeated

_SMALL_WORDS = (
    "the and of to is that it with have was for you in a i "
    "que de não um uma com para os as em do da é e foi muito "
    "el la los en y por una se est les des pas und der die das ist nicht il di che non per"
)
_SMALL_CHARACTERS = "的了是在我不有这也就のはがをにで"
_STOP_WORDS = "|".join((*(f" {word} " for word in _SMALL_WORDS.split()), *_SMALL_CHARACTERS))
_BEGINNING = 300
_SENTENCE_END = r"[.!?…。！？～~][\"'”’）)\]]{0,3}$"


def quality(text: Expression, counts: Expression) -> Expression:
    """0 to 1 for clean `text` with its `profile` as `counts`; null text has 0.

    A weighted mean of signals from 0 to 1, after the rules by which pages are kept for training: of Gopher (Rae et al.
    2021, appendix A.1.1) words, their mean length, signs by word, letters, two stop words, words and lines that repeat;
    of C4 (Raffel et al. 2020, section 2.2) the full stop at the end; and, for posts, capitals. Their bounds are for
    pages. A post is shorter, so each bound is a ramp: 3 words say little, 25 may say all.
    """
    words, letters = field(counts, "words"), field(counts, "letters")
    characters, unspaced = field(counts, "characters"), field(counts, "unspaced")
    stop_words = number(F.regexp_count(F.lower(F.left(text, _BEGINNING)), _STOP_WORDS))
    # Of scripts without spaces a character is two thirds of a word, and no word is long.
    said = words - unspaced / 3
    length = ratio(letters - unspaced, words - unspaced)
    of_good_length = ramp(length, 1.5, 3) * (1 - ramp(length, 9, 16))
    mostly_unspaced = ramp(ratio(unspaced, letters), 0.3, 0.5)
    signals = (
        (0.35, ramp(said, 2, 25)),
        (0.15, ramp(ratio(letters, characters), 0.45, 0.72)),
        (0.10, of_good_length + (1 - of_good_length) * mostly_unspaced),
        (0.15, ramp(stop_words, 0, 2)),
        (0.10, number(F.regexp(text, _SENTENCE_END))),
        (0.05, 1 - ramp(repeated(counts, "words"), 0.5, 0.8)),
        (0.03, 1 - ramp(repeated(counts, "lines"), 0.1, 0.5)),
        (0.04, 1 - ramp(ratio(field(counts, "signs"), words), 0.1, 0.5)),
        (0.03, 1 - ramp(ratio(field(counts, "capitals"), letters), 0.2, 0.6)),
    )
    written = ramp(letters, 0, 1)
    return (
        written * sum((weight * signal for weight, signal in signals[1:]), signals[0][0] * signals[0][1])
    ).cast(DataType.float32())
