"""From a question to what one can be for or against: "Is nuclear power safe?" → "nuclear power safe".

English, Portuguese and Chinese, by closed patterns. The words stay in the question's order, which a reader of stances minds
less than a wrong guess where the subject ends. `mirrored` turns a comparison round, so that it can be read both ways.
"""

from __future__ import annotations

import regex

LONGEST = 300
"""Characters of a question that is read; a longer one asks for no stance."""

_END = regex.compile(r"[\s?？!！.。…]+$")
_POLITE = regex.compile(
    r"^(?:so|and|but|ok(?:ay)?|well|please|hey|então|mas|e|e aí|那么?|请问|你们?(?:说|觉得|认为)|大家(?:觉得|认为))[,，]?\s+"
    r"|^(?:请问|那么)",
    regex.I,
)
_ABOUT = regex.compile(
    r"^(?:what (?:do|did) (?:people|users|they|you|others|posters|redditors|(?:the )?communit(?:y|ies))"
    r" (?:think|say|feel)(?: here)? (?:of|about)"
    r"|what(?:'s| is| are) (?:the |people's |your |everyone's )?(?:general )?"
    r"(?:opinions?|views?|thoughts?|takes?|consensus|arguments?|pros and cons) (?:on|of|about|for and against)"
    r"|how do (?:people|users|they|you) (?:feel|think) about|(?:thoughts|opinions|views) (?:on|about)|what about"
    r"|o que (?:as pessoas |os usuários |vocês? |a galera )?(?:acham?|pensam?|dizem) (?:d[aoe]s?|sobre(?: [ao]s?)?)"
    r"|qual (?:é )?a (?:sua )?opinião (?:d[aoe]s?|sobre(?: [ao]s?)?))\s+",
    regex.I,
)
_ABOUT_ZH = regex.compile(
    r"^(?:你们?|大家|人们|网友)?(?:怎么|如何|怎样)(?:看待?|评价|看)|^(?:对于?|关于)(?=.+(?:有什么|的)(?:看法|意见|观点))"
)
_ABOUT_ZH_END = regex.compile(
    r"(?:大家|人们|你们?|网友)?(?:有什么|有哪些|是什么|的)*(?:看法|意见|观点)(?:是什么)?$"
)
_AUXILIARY = regex.compile(
    r"^(?:do|does|did|is|are|was|were|can|could|will|would|has|have|had|should|shall|must|may|might)(?:n't|n’t)?\s+"
    r"(?:(?:people|you|they|users) (?:think|believe|feel|agree)(?: that)?\s+)?",
    regex.I,
)
_MODAL = regex.compile(r"^(should|must|shall|ought)\b", regex.I)
_WHETHER_ZH = regex.compile(r"(是|该|能|会|要|有|应|可|值)(?:不|没)(\1)")
_OPENING_PT = regex.compile(
    r"^(?:será que|você acha que|vocês acham que|é verdade que|as pessoas acham que)\s+", regex.I
)
_WH = regex.compile(
    r"^(?:who|whom|whose|what|which|when|where|why|how|quem|qua(?:l|is)|quando|onde|por ?qu[eê]|como|quant[oa]s?|o qu[eê]|cadê)\b"
    r"|谁|什么|哪|何时|为什么|怎么|怎样|如何|多少|几个",
    regex.I,
)
_COMPARED = regex.compile(
    r"^(?P<a>.+?)\s+(?P<how>(?:is |are |é |são )?(?:(?:much |far |muito )?"
    r"(?:better|worse|safer|cheaper|healthier|stronger|more \w+|less \w+)|melhor(?:es)?|pior(?:es)?|mais \w+|menos \w+) "
    r"(?:than|(?:do )?que))\s+(?P<b>.+)$|^(?P<a>.+?)(?P<how>比)(?P<b>.{1,20}?)(?P<rest>(?:更|好|坏|差|强|安全|便宜|健康).*)$",
    regex.I,
)


def target(question: str) -> str | None:
    """What the question can be answered for or against; None where it asks who, when, how many, or is no question of that kind."""
    text = question.strip()
    asks = text.endswith(("?", "？")) or "吗" in text
    if not text or len(text) > LONGEST:
        return None
    text = _POLITE.sub("", _END.sub("", text))
    for pattern in (_ABOUT, _ABOUT_ZH):
        if (found := pattern.match(text)) is not None:
            return _named(_ABOUT_ZH_END.sub("", text[found.end() :]))
    if (modal := _MODAL.match(text)) is not None:
        return _named(text[modal.end() :].strip(), f"{modal[0].lower()} ")
    if (auxiliary := _AUXILIARY.match(text)) is not None:
        return _named(text[auxiliary.end() :])
    text = _OPENING_PT.sub("", text)
    if _WHETHER_ZH.search(text):
        return _named(_WHETHER_ZH.sub(r"\1", text))
    if _WH.search(text) or not asks:
        return None
    return _named(regex.sub("[吗呢吧]$", "", text))


def mirrored(statement: str) -> str | None:
    """A comparison with its sides swapped ("cats better than dogs" → "dogs better than cats"); None where it is none."""
    found = _COMPARED.match(statement)
    if found is None:
        return None
    sides = found.capturesdict()
    a, how, b = (sides[name][0].strip() for name in ("a", "how", "b"))
    if how == "比":
        return f"{b}{how}{a}{sides['rest'][0]}"
    return f"{b} {how} {a}"


def _named(text: str, before: str = "") -> str | None:
    """`text` where it holds something to be for or against."""
    text = text.strip(" ,，:：\"'")
    return before + text if any(char.isalpha() for char in text) else None
