"""A question in, the words that posts are looked for by out.

The text is data: nothing in it is an operator, whatever quotes, colons or brackets it has. Stop words and the words
that make a question one are dropped, unless nothing would remain ("to be or not to be").
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

from truthgpt.corpus.fold import calm
from truthgpt.corpus.languages import detect
from truthgpt.corpus.terms import WORD_CHARACTERS, native, terms
from truthgpt.corpus.unspaced import UNSPACED, grams, words

MAX_CHARACTERS = 10_000
"""Of a query, the characters that are read."""

MAX_TERMS = 64
"""Of a query, the terms that are looked for, the first ones."""

_STOP_WORDS = (
    # English, with what an apostrophe leaves of "don't", "it's", "we've", "they'll", "i'm", "you're", "he'd"
    "a an and any are as at am be been being but by can could d did do does doing don for from had has have having he "
    "her here hers him his how i if in into is it its just ll m may me might my no nor not of on or our ours out over own "
    "re s shall she should so some such t than that the their theirs them then there these they this those to too up us "
    "ve very was we were what when where which while who whom whose why will with would you your yours please tell anyone "
    # Portuguese, with and without accents
    "à às ao aos as o os um uma uns umas da das de do dos e é em eu ela elas ele eles essa essas esse esses esta estas este "
    "estes está estao estão foi foram há ha isso isto já ja lhe lhes mais mas me mesmo meu minha muito na nas não nao nem no "
    "nos com entre até ate num numa ou para pela pelas pelo pelos por porque pra pro qual quais quando quanto quantos quantas que quem se sem "
    "ser será seu sua sao são só so também tambem te tem têm teu tua tu você voce vocês voces como onde era eram sobre"
)
_STOP = frozenset(_STOP_WORDS.split())

# Function and question words of Chinese; longer ones first, so that "为什么" does not leave "为".
_STOP_HAN = regex.compile(
    "为什么|為什麼|是不是|有没有|有沒有|能不能|会不会|會不會|可不可以|怎么样|怎麼樣|什么|什麼|怎么|怎麼|如何|哪里|哪裡|哪些|哪个|"
    "哪個|多少|几个|是否|应该|應該|可以|以及|关于|關於|请问|請問|吗|嗎|呢|吧|啊|的|了|是|在|和|与|與|或|及|谁|誰|哪|几|幾"
)
_WORD = regex.compile(rf"(?V1){WORD_CHARACTERS}+")
_UNSPACED = regex.compile(f"[{UNSPACED}]+")


def is_stop_word(word: str) -> bool:
    """Whether `word`, folded, says nothing of what a text is about."""
    return word in _STOP


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is what was read of it, `language` the ISO 639-1 code of its language, empty where that cannot be told. `words` are
    those whose `terms` are looked for, `grams` are for scripts without spaces; either may be empty. `closer` is what else of these
    is looked for: single characters, and once more the pairs within words of the dictionary."""

    text: str
    words: str
    terms: str
    grams: str
    closer: str
    language: str


NOTHING = Query("", "", "", "", "", "")


def analyse(text: str) -> Query:
    """The terms of `text`."""
    text = text[:MAX_CHARACTERS]
    folded = unicodedata.normalize("NFKC", calm(text)).casefold()
    spaced = _UNSPACED.sub(" ", folded) if not folded.isascii() else folded
    written = list(dict.fromkeys(_WORD.findall(spaced)))
    content = [word for word in written if word not in _STOP]
    runs = [] if folded.isascii() else _UNSPACED.findall(folded)
    telling = [run for run in _STOP_HAN.sub(" ", " ".join(runs)).split() if run]
    if not content and not telling:
        content, telling = written, runs
    kept = " ".join(content[:MAX_TERMS])
    language = detect(text)
    return Query(
        text,
        kept,
        " ".join(filter(None, (terms(kept), native(kept, language)))),
        " ".join(_pairs(telling)[:MAX_TERMS]),
        " ".join(_closer(telling)),
        language,
    )


def _pairs(runs: list[str]) -> list[str]:
    """Pairs of neighbours; a character that stands alone, itself."""
    found: list[str] = []
    for run in runs:
        found += [run] if len(run) == 1 else [gram for gram in grams(run) if len(gram) == 2]
    return list(dict.fromkeys(found))


def _closer(runs: list[str]) -> list[str]:
    characters = dict.fromkeys("".join(runs))
    within = dict.fromkeys(
        pair for run in runs for word in words(run) if len(word) > 1 for pair in _pairs([word])
    )
    return [*list(characters)[:MAX_TERMS], *list(within)[:MAX_TERMS]]
