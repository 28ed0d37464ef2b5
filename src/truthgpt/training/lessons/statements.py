"""A post goes in; out come the questions that it may answer: its title, where that asks, and those of its plain statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import regex

from truthgpt.answer.injection import addresses_assistant
from truthgpt.answer.passages import READ, Passage
from truthgpt.answer.question import Question, read
from truthgpt.training.data.trainable import TrainingPost
from truthgpt.training.lessons import questions
from truthgpt.truth.claims import extract
from truthgpt.truth.claims.opinions import is_opinion
from truthgpt.truth.lexing import Language
from truthgpt.truth.sentences import split

LANGUAGES: tuple[Language, ...] = ("en", "pt", "zh")
_SHORTEST, _LONGEST = 20, 220
"""Width of a sentence that a question is made of; a Han character is two wide."""
_SENTENCES = 40
"""Sentences of a post that are read."""
_SURE = 0.8
"""Probability of a passage from which it is taken to answer a title."""
_SAME = 0.5
"""The share of the title's tokens, by weight, that its post must have, besides all of its names."""
_SMALL, _HEADLINE = 3, 0.6
"""Letters of a word that a headline may leave small, and the share of the other words with a capital that makes one."""
_HAN = regex.compile(r"\p{Han}")
_TITLE_LEADS = regex.compile(
    r"^(?:TIL|LPT|PSA|FYI|ELI5|TIFU|YSK)[:,]?\s+(?:that\s+)?|^\[[^\]]{1,20}\]\s*", regex.IGNORECASE
)
# What speaks of who writes or reads, of a thing shown before, or in marks instead of words.
_PERSONAL = regex.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|we|we're|we've|us|our|ours|you|you're|your|yours|this|these|that|those|here|he|she|it|they"
    r"|his|her|hers|him|its|their|them|said|so-called|yesterday|today|tonight|tomorrow|ago|recently|currently|last|next"
    r"|op|eu|meu|minha|meus|minhas|nós|nosso|nossa|você|vocês|tu|seu|sua|seus|suas|isso|isto|esse|essa|este|esta|ele|ela|eles|elas"
    r"|hoje|ontem|amanhã|aqui|agora|atrás)\b",
    regex.IGNORECASE,
)
_PERSONAL_ZH = regex.compile("[我你您咱他她它]|这|那|今天|昨天|明天|今年|去年|明年|刚|本")
_FRAGMENT = regex.compile(
    r"(?:how|why|what|when|where|who|which|if|because|while|although|though|since|so|and|but|or|then|also|as|for|to|not|just|still"
    r"|even|only|another|other|same|such|\w+ly|como|porque|quando|onde|quem|se|e|mas|ou|também|então|outro|outra)\b",
    regex.IGNORECASE,
)
_COARSE = regex.compile(
    r"\b(?:fuck\w*|shit\w*|bullshit|bitch\w*|cunts?|assholes?|dicks?|fag\w*|nigg\w*|retard\w*|sluts?|whores?|crap\w*|damn\w*"
    r"|porra|merda|caralho|puta\w*|viado|foda\w*|idiots?|idiotas?|morons?|stupid|suck(?:s|ed)?)\b|操你|傻逼|他妈|妈的|垃圾|脑残",
    regex.IGNORECASE,
)
"""No answer is to be taught in such words, whatever it says."""
_MARKS = regex.compile(
    r"https?:|www\.|[\[\]{}|*_~^#<>=\\@/]|\.\.|…|&\w+;|\"|“|”|:|;|\(|\)|!|\s[-–—]|[-–—]\s|--"
)
_CAPITALS = regex.compile(r"\b\p{Lu}{4,}\b.*\b\p{Lu}{4,}\b")
_CUE = {
    "en": regex.compile(
        r"\b(?:1\d|20)\d\d\b|\d|\bis an? |\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)\b"
        r"|\b(?:in|at|on|near) (?:the )?\p{Lu}|\b(?:is|are|was|were)\b.*\p{Lu}|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+ \p{Ll}+"
    ),
    "pt": regex.compile(
        r"\d|\bé uma? |\b(?:em|n[ao]s?) \p{Lu}|\b(?:dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez)\b|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+ \p{Ll}+"
    ),
    "zh": regex.compile(r"\d|[一二三四五六七八九十百千万两]|位于|生于"),
}
"""What a statement holds that one of the rules may ask for; to look for it costs a hundredth of taking the statement apart."""
_ASKS = regex.compile(r"[?？]\s*$")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what answers it: `answer`, made of `sentence` of the post; both "" where it is looked for. Where it asks
    what is said of something, that is `topic`."""

    question: str
    answer: str = ""
    sentence: str = ""
    topic: str = ""


def asked(post: TrainingPost, named: frozenset[str], dice: Random) -> Iterator[Asked]:
    """The questions that `post` may answer, in the order of what they are made of; of several for one statement, `dice` takes
    one. `named` are the names of the corpus (`questions.names`)."""
    if post.language not in LANGUAGES or addresses_assistant(post.text):
        return
    language: Language = post.language
    title, _, body = post.text.partition("\n\n")
    if _is_question(title, language) and body.strip():
        yield Asked(title.strip())
    for span in split(post.text[:READ])[:_SENTENCES]:
        sentence = _TITLE_LEADS.sub("", span.text).strip()
        if not _CUE[language].search(sentence) or not _plain(sentence, language):
            continue
        for claim in extract(sentence):
            if (
                claim.kind != "claim"
                or claim.unresolved
                or is_opinion(claim.text)
                or not _plain(claim.text, language)
            ):
                continue
            headline = not sentence.endswith(".")
            if made := questions.questions(claim.text, language, named, headline=headline):
                yield Asked(dice.choice(made).text, claim.text, sentence)
                continue
            topic, forms = questions.about(claim.text, language, named)
            if forms:
                yield Asked(dice.choice(forms), claim.text, sentence, topic)


def answers(passage: Passage, question: Question) -> bool:
    """Whether a passage surely answers a title: it holds what is asked for, and does not speak of who asks."""
    sure = passage.probability >= _SURE and question.expects not in ("statement", "opinion")
    same = passage.covered >= _SAME and passage.names == 1
    return sure and same and _plain(passage.text, question.language)


def _plain(sentence: str, language: str) -> bool:
    """Whether a sentence is one plain statement that can be read by itself."""
    width = len(sentence) + len(_HAN.findall(sentence))
    if not _SHORTEST <= width <= _LONGEST or _MARKS.search(sentence) or _CAPITALS.search(sentence):
        return False
    personal = _PERSONAL_ZH if language == "zh" else _PERSONAL
    if personal.search(sentence) or _ASKS.search(sentence) or _COARSE.search(sentence):
        return False
    if sentence.endswith((",", "，", "、", "-")):
        return False
    if language != "zh" and (_headline(sentence) or _FRAGMENT.match(sentence)):
        return False
    return sentence[0].isalnum() and not sentence[0].islower()


def _headline(sentence: str) -> bool:
    """Whether most words are written with a capital, so that a capital tells no name."""
    long = [word for word in sentence.split()[1:] if len(word) > _SMALL]
    return sum(word[0].isupper() for word in long) > _HEADLINE * len(long)


def _is_question(title: str, language: Language) -> bool:
    """Whether a title asks one plain question for a thing of a kind that can be told to be there or not."""
    text = title.strip()
    width = len(text) + len(_HAN.findall(text))
    if not _ASKS.search(text) or not 12 <= width <= 160 or _MARKS.search(text) or len(split(text)) != 1:
        return False
    personal = _PERSONAL_ZH if language == "zh" else _PERSONAL
    if personal.search(text):
        return False
    return read(text, language).expects not in ("statement", "opinion")
