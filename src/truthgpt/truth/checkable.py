"""Which drafted sentences claim something about the world at all."""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import fold

_CITATIONS = regex.compile(r"\s*\[\d{1,3}(?:[,;–-] ?\d{1,3})*\]")
_LEAD = regex.compile(
    r"^\s*(?:[-*•·]\s+|\d{1,2}[.)]\s+)?"
    r"(?:the (?:short )?answer(?: to (?:this|the|your) question)?(?: ?\"[^\"]{1,300}\")? (?:is|was)(?: that| indeed)?[:,]? "
    r"|(?:according to|based on|as stated in|as per) (?:the |these |this )?"
    r"(?:posts?|evidence|sources?|text|passages?|context)(?: above| provided)?, "
    r"|(?:de acordo com|segundo|conforme) (?:o |a |os |as )?(?:posts?|publicações|publicação|textos?|fontes?), "
    r"|(?:根据|按照)(?:这些|该|以上)?(?:帖子|文章|资料|来源|证据)[，,])?",
    regex.I,
)
_INTERJECTION = regex.compile(
    # A dash without space before it is a hyphen: "no-one" denies.
    r"^(?:yes|no|sure|certainly|of course|absolutely|okay|ok|well|sim|não|claro|com certeza)(?:\s*[,!:;]\s+|\s+[—–-]\s+)"
    r"|^(?:当然|好的|是的|不是)\s*[,，!:;—–-]\s*",
    regex.I,
)
_ABOUT_ITSELF = regex.compile(
    r"^(?:here (?:is|are) (?:the|a|an|some|my|your)\b|sorry\b|thanks?\b|thank you|hello\b|hi\b|aqui (?:está|estão)"
    r"|desculpe|olá|抱歉|对不起|以下是|您好|你好)"
    r"|^(?:as an ai|i am an ai|i'm an ai|let me (?:know|help|explain)|como (?:uma? )?(?:ia|assistente)|作为(?:一个)?(?:ai|人工智能))"
    r"|^(?:i (?:cannot|can't|could not|don't have|am unable to)|não (?:posso|consigo|tenho)|我(?:无法|不能)) ?"
    r"(?:answer|provide|help|assist|find|determine|confirm|verify|any|enough|responder|fornecer|ajudar|encontrar"
    r"|confirmar|informações|回答|提供|确认|帮助)"
    r"|^(?:the|these|this|those|some|all|both|os|as|o|a|estas?|estes?)? ?(?:provided |given )?"
    r"(?:posts?|evidence|passages?|sources?|texts?|context|publicações|postagens|textos?|fontes?)"
    r"(?: (?:provided|above|given))* (?:do |does |did )?(?:not )?(?:are about|is about|discuss|discusses|mention|mentions"
    r"|provide|provides|describe|describes|say|says|contain|contains|talk|talks|show|shows|suggest|suggests|discutem?"
    r"|mencionam?|dizem|diz|falam?|mostram?|não)\b"
    r"|^(?:这些|该|以上)?(?:帖子|证据|资料)(?:讨论|提到|没有|中|说|显示)",
    regex.I,
)


def stripped(claim: str) -> str:
    """`claim` folded, without reference marks, list marks and leads such as "According to the posts, "."""
    text = _LEAD.sub("", _CITATIONS.sub("", fold(claim[:4_000])), count=1)
    return _INTERJECTION.sub("", text, count=1).strip()


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
