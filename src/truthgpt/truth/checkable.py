"""Which drafted sentences claim something about the world at all."""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import fold

_CITATIONS = regex.compile(r"\s*\[\d{1,3}(?:[,;–-] ?\d{1,3})*\]")
_LEAD = regex.compile(
    r"^\s*(?:[-*•·]\s+|\d{1,2}[.)]\s+)?"
    r"(?:(?:according to|based on|as stated in|as per) (?:the |these |this )?"
    r"(?:posts?|evidence|sources?|text|passages?|context)(?: above| provided)?, |"
    r"(?:de acordo com|segundo|conforme) (?:o |a |os |as )?(?:posts?|publicações|publicação|textos?|fontes?), |"
    r"(?:根据|按照)(?:这些|该|以上)?(?:帖子|文章|资料|来源|证据)[，,])?",
    regex.I,
)
_ABOUT_ITSELF = regex.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|ok|yes|no|great|hello|hi|sorry|thanks?|thank you|here (?:is|are)"
    r"|claro|com certeza|desculpe|olá|aqui (?:está|estão)|当然|好的|抱歉|对不起|以下是|您好|你好)\s*(?:[,.!:;—–-]|，|。|$)|^here (?:is|are)\b"
    r"|^(?:as an ai|i am an ai|i'm an ai|i cannot|i can't|i don't have|let me|como (?:uma? )?(?:ia|assistente)"
    r"|não posso|作为(?:一个)?(?:ai|人工智能)|我无法|我不能)"
    r"|^(?:the|these|this|those|some|all|both|your|o|os|as|a|estas?|estes?)? ?(?:posts?|evidence|passages?|sources?|texts?|context"
    r"|question|answer|information|publicações|postagens|textos?|fontes?|pergunta|resposta)(?: (?:provided|above|you))*"
    r" (?:is|are|was|were|do|does|did|not|discuss|discusses|mention|mentions|provide|provides|describe|describes|say|says"
    r"|contain|contains|talk|talks|show|shows|discutem?|mencionam?|dizem|diz|falam?)\b"
    r"|^(?:这些|该|以上)?(?:帖子|证据|资料|问题|答案)(?:讨论|提到|没有|中|是|说)",
    regex.I,
)


def stripped(claim: str) -> str:
    """`claim` folded, without reference marks, list marks and leads such as "According to the posts, "."""
    return _LEAD.sub("", _CITATIONS.sub("", fold(claim[:4_000])), count=1).strip()


def uncheckable(claim: str) -> str:
    """Why a stripped `claim` cannot be checked: a question, a heading, talk about itself; "" where it can."""
    if not any(char.isalnum() for char in claim):
        return "nothing to check"
    if claim.rstrip("\"')*_ ").endswith(("?", "？")):
        return "a question claims nothing"
    if claim.rstrip("*_ ").endswith((":", "：")) or claim.startswith("#"):
        return "a heading claims nothing"
    if _ABOUT_ITSELF.search(claim):
        return "it speaks of the answer or of the posts, not of their subject"
    return ""
