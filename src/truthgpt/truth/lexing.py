"""Raw tokens of one sentence, before grammar: words, numbers, dates, times, Han characters, marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex
import snowballstemmer

from truthgpt.corpus.fold import unaccent
from truthgpt.truth import lexicon, quantities, vocabulary

Language = Literal["en", "pt", "zh"]
Kind = Literal["word", "number", "unit", "date", "time", "han", "mark", "link"]

_HAN = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_RAW = regex.compile(
    r"(?P<link>(?:https?://|www\.)[^\s<>\"]{1,400})"
    r"|(?P<iso>\b\d{4}-\d{1,2}-\d{1,2}\b)"
    r"|(?P<slash>\b\d{1,2}/\d{1,2}/\d{4}\b)"
    r"|(?P<zhdate>(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号])?)"
    r"|(?P<zhyear>[\d零〇一二三四五六七八九]{4}年)"
    r"|(?P<time>\b\d{1,2}(?::\d{2}| ?h ?\d{2})(?::\d{2})?(?: ?[ap]\.?m\b\.?)?)"
    r"|(?P<clock>\b\d{1,2} ?[ap]\.?m\b\.?)"
    r"|(?P<percentzh>百分之(?:[零〇一二两三四五六七八九十百点]{1,12}|\d+(?:\.\d+)?))"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<han>{_HAN})"
    r"|(?P<money>R\$|US\$)"
    r"|(?P<acronym>(?:\p{Lu}\.){2,6})"
    r"|(?P<word>(?:(?!" + _HAN + r")\p{L}\p{M}*)+(?:'(?:(?!" + _HAN + r")\p{L})+)*\d{0,6})"
    r"|(?P<mark>°[CcFf]|[^\s\p{L}\d])"
)
_LETTERS = regex.compile(r"\D+")
_CONTRACTIONS = {
    "won't": ("will", "not"),
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "shan't": ("will", "not"),
}
_STEMMERS = {
    "en": snowballstemmer.stemmer("english"),
    "pt": snowballstemmer.stemmer("portuguese"),
}
_PORTUGUESE = lexicon.words(
    "o os as um uma de do da dos das em no na nos nas que e com para por nao foi mais se ao pelo pela sao"
    " tem mas como seu sua ou ele ela isso esta este ja ser quando muito todos"
)
_ENGLISH = lexicon.words(
    "the of and to in is was that for it on with as are be by at this have from or not were had they but"
    " which an there has all will one who their been more if no so"
)


@dataclass(slots=True)
class Raw:
    """One token as written: `text` in lower case without accents, `cased` whether its first letter is a capital."""

    kind: Kind
    text: str
    start: int
    cased: bool = False
    key: str = ""


def language_of(text: str, context: str = "") -> Language:
    """`zh` where Han characters prevail, else `pt` or `en` by their commonest words and by accents.

    Where `text` does not tell, `context` does; where that does not either, it is English.
    """
    sample = text[:2_000]
    han = sum("\u3400" <= char <= "\u9fff" for char in sample)
    if han * 3 > sum(char.isalpha() for char in sample):
        return "zh"
    words = [unaccent(word) for word in regex.findall(r"\p{L}+", sample.lower())]
    portuguese = sum(word in _PORTUGUESE for word in words) + 2 * len(
        regex.findall(r"[ãõçáéíóúâêô]", sample.lower())
    )
    english = sum(word in _ENGLISH for word in words)
    if portuguese == english and context:
        return language_of(context)
    return "pt" if portuguese > english else "en"


@lru_cache(maxsize=65_536)
def stem(word: str, language: Language) -> str:
    """The key by which a lower-case word without accents is compared: synonyms and inflections share one."""
    word = word[:40]
    if language == "pt" and word in lexicon.FEMININE_PT:
        return word.rstrip("s")
    word = vocabulary.IRREGULAR.get(word, word)
    if word in vocabulary.SYNONYMS:
        return _stemmed(vocabulary.SYNONYMS[word], language)
    root = _stemmed(word, language)
    return _SYNONYM_STEMS[language].get(root, root)


@lru_cache(maxsize=65_536)
def _stemmed(word: str, language: Language) -> str:
    if language == "en" and word.endswith(("isation", "ise", "ised", "ising")) and len(word) > 6:
        word = word.replace("isation", "ization").replace("ised", "ized").replace("ising", "izing")
    if language == "en" and len(word) > 5 and "our" in word[2:]:
        word = word.replace("our", "or")
    return str(_STEMMERS["pt" if language == "pt" else "en"].stemWord(word))


_SYNONYM_STEMS: dict[Language, dict[str, str]] = {
    code: {
        _stemmed(word, code): _stemmed(head, code)
        for word, head in vocabulary.SYNONYMS.items()
        if len(word) > 3
    }
    for code in ("en", "pt")
} | {"zh": {}}


def lex(text: str, language: Language) -> list[Raw]:
    """The raw tokens of one folded sentence, contractions and dates resolved, in order."""
    tokens: list[Raw] = []
    for match in _RAW.finditer(text):
        group = match.lastgroup or ""
        found, start = match[0], match.start()
        if group == "word":
            _word(tokens, found, start)
        elif group == "han":
            tokens.append(Raw("han", found, start, key=found))
        elif group == "number":
            value = quantities.parse_digits(found, language)
            tokens.append(
                Raw("number", found, start, key=quantities.number_key(value) if value is not None else found)
            )
        elif group in ("mark", "money"):
            tokens.append(Raw("mark", "$" if found == "US$" else found.lower(), start))
        elif group == "link":
            tokens.append(Raw("link", found.lower(), start, key=found.lower().rstrip(".,;)")))
        elif group == "acronym":
            short = found.replace(".", "").lower()
            tokens.append(Raw("word", short, start, cased=True, key=vocabulary.SYNONYMS.get(short, short)))
        elif group in ("time", "clock"):
            tokens.append(Raw("time", found, start, key=_time(found.lower())))
        elif group == "percentzh":
            number = found[3:]
            value = (
                quantities.parse_digits(number, "en")
                if number[0].isdigit()
                else quantities.parse_chinese(number)
            )
            tokens.append(Raw("number", number, start, key=quantities.number_key(value or 0)))
            tokens.append(Raw("unit", "%", start, key="u:%"))
        else:
            tokens.extend(Raw("date", found, start, key=key) for key in _date(group, found, language))
    return tokens


def _word(tokens: list[Raw], found: str, start: int) -> None:
    cased = found[0].isupper()
    word = unaccent(found.lower())
    if word == "e" and found in "éÉ":
        word = "eh"  # "is", which without its accent would be "and"
    if word in _CONTRACTIONS:
        tokens.extend(Raw("word", part, start) for part in _CONTRACTIONS[word])
    elif word.endswith("n't"):
        tokens.append(Raw("word", word[:-3], start, cased))
        tokens.append(Raw("word", "not", start))
    elif "'" in word:
        base, _, tail = word.partition("'")
        tokens.append(Raw("word", base, start, cased))
        tokens.append(Raw("word", "'" + tail, start))
    elif found.isupper() and 2 <= len(found) <= 5:
        tokens.append(Raw("word", word, start, cased, key=vocabulary.SYNONYMS.get(word, word)))
    elif word[-1].isdecimal():  # of any script, as in the expression above
        digits = _LETTERS.sub("", word)
        tokens.append(Raw("word", word.removesuffix(digits), start, cased))
        tokens.append(Raw("number", digits, start, key=quantities.number_key(float(digits))))
    else:
        tokens.append(Raw("word", word, start, cased))


def _time(found: str) -> str:
    digits = [int(part) for part in regex.findall(r"\d+", found)[:3]]
    hour, minute, second = (*digits, 0, 0)[:3]
    if "p" in found and hour < 12:
        hour += 12
    elif "a" in found and hour == 12:
        hour = 0
    return f"t:{hour * 3600 + minute * 60 + second}"


def _date(group: str, found: str, language: Language) -> list[str]:
    """Keys of a written date: day, month, year as far as given."""
    if group == "zhyear":
        written = found[:-1]
        value = float(written) if written.isdecimal() else quantities.parse_chinese(written)
        return [quantities.number_key(value or 0)]
    parts = [int(part) for part in regex.findall(r"\d+", found)]
    if group == "iso":
        year, month, day = parts
    elif group == "slash":
        day, month, year = parts
        if month > 12:
            day, month = month, day
        elif language == "en" and day <= 12 and day != month:
            return [f"x:{found}"]  # 3/5/2024 is May to some and March to others
    else:
        numbers = iter(parts)
        year = next(numbers) if "年" in found else 0
        month = next(numbers)
        day = next(numbers, 0)
    keys = [f"d:{day}"] if day else []
    keys.append(f"m:{month}")
    if year:
        keys.append(quantities.number_key(float(year)))
    return keys


def plain_form(folded: str) -> str:
    """`folded` in lower case without accents, each character at its old offset where its lower case is one character."""
    if folded.isascii():
        return folded.lower()
    return "".join(unaccent(char)[:1].lower()[:1] or " " for char in folded)
