"""Posts that correct what others spread, and whether one speaks of a given passage.

A correction seldom denies a rumour in the rumour's own words ("I asked on two mailing lists; nobody had a notice"), so that
a judge of single sentences takes it for neutral. What tells is that its post denies something, and that it has most of
what the sentence is about.
"""

from __future__ import annotations

import regex

from truthgpt.answer.passages import Encoder, Tokens, covered
from truthgpt.corpus.fold import plain

_DENIES = regex.compile(
    "|".join(
        (
            r"\b(?:rumou?r|hoax|debunk\w*|fact.?check\w*|misinformation|fake news|made.up|fabricated|satire|prank)\b",
            r"\b(?:is|was|are|were|it'?s|that'?s) (?:simply |just |plainly )?(?:false|untrue|fake|wrong|nonsense|not true|a lie|a myth|a joke)\b",
            r"\bthere (?:is|was|are|will be|has been) no\b|\bno (?:such|source|evidence|truth)\b|\bnot (?:true|real|happening)\b",
            r"\b(?:nobody|no one|none of them|never) (?:has |have |had )?(?:announced|confirmed|planned|said|happened|published|agreed)\b",
            r"\b(?:boato|mentira|desment\w+|fake|invencao|inventad[oa]|checagem|checamos|conferi|fui (?:conferir|checar|verificar))\b",
            r"\b(?:e|era|foi) fals[oa]\b|\bnao (?:e|era) verdade\b|\bnao (?:existe|ha|houve|vai haver|vai acontecer|tem)\b|\bnunca (?:anunci|confirm|diss)\w+",
            r"谣言|辟谣|假的|不实|虚假|没有这回事|不是真的|别信|不要信|造谣|子虚乌有|并没有|没有任何|查无|不存在",
        )
    )
)
_ABOUT = 0.45
"""Share of a passage's tokens, by weight, that a correction must have to speak of it."""
_ASKED, _ASSERTED = 0.40, 0.60
"""Share of a question's tokens, by weight, that a correction, and what it corrects, must have."""
_READ = 1_500


def denies(text: str) -> bool:
    """Whether the post says of something that it is not so (English, Portuguese, Chinese)."""
    return _DENIES.search(plain(text[:_READ])) is not None


def corrects(correction: str, passage: str, asked: Tokens, encoder: Encoder) -> bool:
    """Whether the post `correction` denies what `passage` says, which itself denies nothing.

    It does where it denies something and has most of what the passage is about, or where both have most of what the
    question (`asked`, its tokens) is about: then one asserts and the other denies the thing that is asked.
    """
    if not denies(correction) or denies(passage):
        return False
    opening = correction[:_READ]
    return covered(encoder.tokens(passage), opening, encoder) >= _ABOUT or (
        covered(asked, opening, encoder) >= _ASKED and covered(asked, passage, encoder) >= _ASSERTED
    )
