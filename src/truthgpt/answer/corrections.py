"""Posts that correct what others spread, and whether one speaks of a given passage.

A correction seldom denies a rumour in the rumour's own words ("I asked on two mailing lists; nobody had a notice"), so that
a judge of single sentences takes it for neutral. What tells is that its author denies something, and that it has most of
what the sentence is about.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from truthgpt.answer.asserting import asks
from truthgpt.answer.coverage import Encoder, covered
from truthgpt.answer.reported import is_reported
from truthgpt.corpus.fold import plain
from truthgpt.truth.sentences import split

# Words that say of something said elsewhere that it is not so.
_FALSE = regex.compile(
    "|".join(
        (
            r"\brumou?rs? (?:is|was|are|were) (?:\w+ ){0,2}(?:false|untrue|fake|wrong|baseless|unfounded|invented|nonsense|made up)\b",
            r"\b(?:is|was|are|were|it's|its|be|been) (?:\w+ ){0,3}(?:hoax(?:es)?|fake news|misinformation|debunked)\b|^\W*(?:(?:a|this) )?hoax\b",
            r"^\W*(?:\w+ )?(?:fact.?check\w*|debunk\w*)\b|\bi made (?:it|that|this) up\b",
            r"\b(?:this|that|it|which|claim|story|text|message|switch.off|shutdown)\b.{0,80}\b(?:is|was) (?:simply |just |plainly )?"
            r"(?:false|untrue|fake|wrong|not true|a lie|a myth|a joke)\b",
            r"\b(?:e|era|foi|isso e) (?:fals[oa]|mentira|boato|fake|invencao)\b|\bnao (?:e|era) verdade\b|\b(?:boato|desment\w+)\b",
            r"谣言|辟谣|假的|不实|没有这回事|不是真的|造谣|子虚乌有",
        )
    )
)
# What others think, or what might be: "a third think it is a hoax", "if that is false".
_NOT_OWN = regex.compile(
    r"(?<!\b(?:i|we) (?:\w+ )?)\b(?:thinks?|thought|believes?|believed|believing|calls?|called|calling|considers?|acha|acham|acredita|acreditam)\b.{0,80}$"
    r"|\b(?:if|whether|unless|se|caso)\b.{0,80}$|(?:是否|如果|认为|觉得).{0,40}$"
)
# A plain denial counts where its author says that they looked.
_DENIES = regex.compile(
    r"\bthere (?:is|was|will be) no\b|\bno (?:such|source)\b|\b(?:nobody|no one|no \w+,? \w+ or \w+) (?:has |have |had )?(?:announced|confirmed|planned)\b"
    r"|\bnao (?:existe|ha|houve|vai haver|vai acontecer)\b|\bninguem (?:anunci|confirm)\w+|并没有|没有任何|查无|不存在"
)
_LOOKED = regex.compile(
    r"\bi (?:have )?(?:checked|asked|called|phoned|looked|searched|verified|read through)\b|\bwe (?:checked|verified)\b"
    r"|\b(?:conferi|chequei|verifiquei|perguntei|liguei|procurei|fui (?:conferir|checar|verificar|procurar)|checamos)\b"
    r"|查了|查过|核实|打了.{0,10}电话|问了|问过|求证"
)
_NEGATION = regex.compile(
    r"\b(?:no|not|never|nobody|nothing|n't|não|nunca|sem|nem)\b|n't\b|[不没无非]", regex.IGNORECASE
)
_ABOUT, _ABOUT_COPIED = 0.5, 0.25
"""Share of a passage's tokens, by weight, that a correction must have to speak of it; less where many copied it and it names nothing else."""
_ASKED, _ASSERTED = 0.40, 0.60
"""Share of a question's tokens, by weight, that a correction, and what it corrects, must have."""
_NAME = regex.compile(r"(?<=[\p{L}\p{N},;:] )\p{Lu}\p{Ll}[\p{L}\p{N}]*")
_READ = 700
"""Characters of a post in which a correction is looked for: who corrects a rumour says so early and briefly."""


def is_denial(sentence: str) -> bool:
    """Whether the sentence itself says that something is not so, whoever looked."""
    folded = plain(sentence)
    return _says_false(folded) or _DENIES.search(folded) is not None


@lru_cache(maxsize=512)
def denies(text: str) -> bool:
    """Whether the author of the post says of something said elsewhere that it is not so (English, Portuguese, Chinese).

    What is asked, or told as somebody else's word, is no denial.
    """
    opening = text[:_READ]
    looked = _LOOKED.search(plain(opening)) is not None
    return any(
        (_says_false(folded) or (looked and _DENIES.search(folded) is not None))
        and not asks(span.text)
        and not is_reported(text, span.start, span.end)
        for span in split(opening)
        if (folded := plain(span.text))
    )


def negates(text: str) -> bool:
    """Whether a word of `text` says no."""
    return _NEGATION.search(text) is not None


def _says_false(folded: str) -> bool:
    return any(not _NOT_OWN.search(folded, 0, found.start()) for found in _FALSE.finditer(folded))


def corrects(
    correction: str,
    passage: str,
    question: str,
    encoder: Encoder,
    *,
    copied: bool = False,
    asserted: bool = True,
) -> bool:
    """Whether the post `correction` denies what `passage` says, which itself denies nothing.

    It does where it denies something and has most of what the passage says of its subject, or where both have most of what the
    question asks of it and the question puts something forward (`asserted`): then one asserts and the other denies the thing that
    is asked. The subject itself, its names, does not count: a post that denies one thing of a bridge does not deny all that is
    said of it. Of a `copied` passage, one that many repeat, less is enough, since that is what is corrected in words of one's own;
    but not where the correction names other things than the passage does. One that says no itself is left alone otherwise: by the
    words that both have, who calls the contrary false agrees with it.
    """
    if not denies(correction) or denies(passage) or (negates(passage) and not copied):
        return False
    opening = correction[:_READ]
    about = encoder.tokens(_without_names(passage))
    least = _ABOUT_COPIED if copied and not _names_others(opening, passage) else _ABOUT
    if covered(about, opening, encoder) >= least:
        return True
    asked = encoder.tokens(_without_names(question))
    return (
        asserted
        and covered(asked, opening, encoder) >= _ASKED
        and covered(asked, passage, encoder) >= _ASSERTED
    )


def _without_names(text: str) -> str:
    return str(_NAME.sub(" ", text))


def _names_others(correction: str, passage: str) -> bool:
    """Whether both name things, and none that both name."""
    one, other = (set(map(plain, _NAME.findall(text))) for text in (correction, passage))
    return bool(one and other) and not one & other
