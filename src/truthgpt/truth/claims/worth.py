"""How much checking a claim would be worth: a sum of what can be seen in it.

    worth = 0.30 + 0.20 number or date + 0.15 name + 0.15 event + 0.10 attribution + 0.10 quantity word
                 - 0.15 hedge - 0.20 first person - 0.15 unresolved pronoun - 0.15 no verb
                 - 0.10 fewer than four words

held in [0, 1]; an opinion gets three tenths of that, and a question, a command and talk get 0. The weights are a
judgement, in the order in which newsrooms describe what they check (figures, people, events); no data set them.
"""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain
from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.claim import Kind
from truthgpt.truth.claims.hanzi_words import verb_at
from truthgpt.truth.lexing import Language

_NUMBER = regex.compile(
    r"\d|[一二三四五六七八九十百千万亿两]+(?:个|名|人|岁|年|月|次|成|倍|米|元|公里)|百分之"
)
_NAME = regex.compile(r"(?<=\w[ ,;]+)\p{Lu}\p{Ll}+|^\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+|\b\p{Lu}{2,}\b")
_NAME_ZH = regex.compile(r"(?:公司|大学|医院|法院|政府|市|省|国|局|部|银行|学校|总统|市长|部长|教授)")
_SAID = regex.compile(
    r"\b(?:said|says|according to|told|announced|claimed|claims|reported|confirmed|disse|diz|segundo|afirmou|anunciou|confirmou"
    r"|informou|conforme)\b|表示|宣布|据|指出|称，|报道|通报|认定"
)
_QUANTITY = regex.compile(
    r"\b(?:most|all|every|none|first|largest|smallest|highest|lowest|oldest|only|half|majority|double|million|billion|percent"
    r"|todos|todas|maioria|primeir[oa]|maior|menor|unic[oa]|metade|dobro|milhoes|milhao|por cento)\b|全部|所有|第一|最大|最高|一半|唯一|首"
)
_HEDGE = regex.compile(
    r"\b(?:may|might|maybe|perhaps|possibly|probably|likely|seems?|apparently|could|kind of|sort of|i guess|talvez|provavelmente"
    r"|parece|acho|possivelmente|poderia|quem sabe)\b|可能|也许|大概|似乎|好像|或许|估计"
)
_FIRST = regex.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|we|our|us|eu|meu|minha|meus|minhas|nos|nosso|nossa)\b|我|咱"
)
_EVENT_ZH = regex.compile(r"了|于|被|获得|成立|发生|开始|宣布|死亡|当选|公布|发布|出生|建成|上涨|下降")


def worth_of(text: str, kind: Kind, language: Language, *, unresolved: bool = False) -> float:
    """The worth in [0, 1] of the claim `text`, rounded to hundredths."""
    if kind in ("question", "command", "talk"):
        return 0.0
    line = plain(text)
    length = sum(char.isalpha() for char in line) // 2 if language == "zh" else len(line.split())
    first = bool(_FIRST.search(line if language != "en" else regex.sub(r"\bnos\b", "", line)))
    score = (
        0.30
        + 0.20 * bool(_NUMBER.search(line))
        + 0.15 * bool(_NAME_ZH.search(text) if language == "zh" else _NAME.search(text))
        + 0.15 * _is_event(line, language)
        + 0.10 * bool(_SAID.search(line))
        + 0.10 * bool(_QUANTITY.search(line))
        - 0.15 * bool(_HEDGE.search(line))
        - 0.20 * first
        - 0.15 * unresolved
        - 0.15 * (not _has_verb(line, language))
        - 0.10 * (length < 4)
    )
    score = min(max(score, 0.0), 1.0)
    return round(score * (0.3 if kind == "opinion" else 1.0), 2)


def _is_event(line: str, language: Language) -> bool:
    """Whether something is told as having happened: a past form."""
    if language == "zh":
        return bool(_EVENT_ZH.search(line))
    return any(found in ("past", "participle") for found in _forms(line, language))


def _has_verb(line: str, language: Language) -> bool:
    return any(_forms(line, language)) if language != "zh" else verb_at(line) >= 0


def _forms(line: str, language: Language) -> list[str]:
    """How each word could be a verb."""
    form = english.form if language == "en" else portuguese.form
    keep = r"'?\p{L}+|é"
    return [form(word) for word in regex.findall(keep, line)[:60]]
