"""Posts that correct what others spread, and whether one speaks of a given passage.

A correction seldom denies a rumour in the rumour's own words ("I asked on two mailing lists; nobody had a notice"), so that
a judge of single sentences takes it for neutral. What tells is that its post denies something, and that it has most of
what the sentence is about.
"""

from __future__ import annotations

import regex

from truthgpt.answer.coverage import Encoder, covered
from truthgpt.corpus.fold import plain

# Words that say of something said elsewhere that it is not so.
_FALSE = regex.compile(
    "|".join(
        (
            r"\b(?:rumou?r (?:is|was)|hoax|debunk\w*|fact.?check\w*|misinformation|fake news)\b|\bi made (?:it|that|this) up\b",
            r"\b(?:this|that|it|which|claim|story|text|message|switch.off|shutdown)\b.{0,80}\b(?:is|was) (?:simply |just |plainly )?"
            r"(?:false|untrue|fake|wrong|not true|a lie|a myth|a joke)\b",
            r"\b(?:e|era|foi|isso e) (?:fals[oa]|mentira|boato|fake|invencao)\b|\bnao (?:e|era) verdade\b|\b(?:boato|desment\w+)\b",
            r"谣言|辟谣|假的|不实|没有这回事|不是真的|造谣|子虚乌有",
        )
    )
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
_ABOUT, _ABOUT_COPIED = 0.5, 0.25
"""Share of a passage's tokens, by weight, that a correction must have to speak of it; less where many copied it."""
_ASKED, _ASSERTED = 0.40, 0.60
"""Share of a question's tokens, by weight, that a correction, and what it corrects, must have."""
_NAME = regex.compile(r"(?<=[\p{L}\p{N},;:] )\p{Lu}\p{Ll}[\p{L}\p{N}]*")
_READ = 700
"""Characters of a post in which a correction is looked for: who corrects a rumour says so early and briefly."""


def is_denial(sentence: str) -> bool:
    """Whether the sentence itself says that something is not so, whoever looked."""
    folded = plain(sentence)
    return _FALSE.search(folded) is not None or _DENIES.search(folded) is not None


def denies(text: str) -> bool:
    """Whether the post says of something said elsewhere that it is not so (English, Portuguese, Chinese)."""
    opening = plain(text[:_READ])
    return _FALSE.search(opening) is not None or (
        _DENIES.search(opening) is not None and _LOOKED.search(opening) is not None
    )


def corrects(correction: str, passage: str, question: str, encoder: Encoder, *, copied: bool = False) -> bool:
    """Whether the post `correction` denies what `passage` says, which itself denies nothing.

    It does where it denies something and has most of what the passage says of its subject, or where both have most of
    what the question asks of it: then one asserts and the other denies the thing that is asked. The subject itself, its
    names, does not count: a post that denies one thing of a bridge does not deny all that is said of it. Of a `copied`
    passage, one that many repeat, less is enough: that is what is corrected in words of one's own.
    """
    if not denies(correction) or denies(passage):
        return False
    opening = correction[:_READ]
    asked = encoder.tokens(_without_names(question))
    return covered(encoder.tokens(_without_names(passage)), opening, encoder) >= (
        _ABOUT_COPIED if copied else _ABOUT
    ) or (covered(asked, opening, encoder) >= _ASKED and covered(asked, passage, encoder) >= _ASSERTED)


def _without_names(text: str) -> str:
    return str(_NAME.sub(" ", text))
