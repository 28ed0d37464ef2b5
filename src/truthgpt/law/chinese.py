"""How people ask for help to do a thing, in Chinese: characters without spaces, and the object may stand first.

A request word ("怎么", "教我") is followed, within a few characters and no word of prevention between, by the deed; or
the deed is followed by the thing asked for ("制作炸弹的方法").
"""

from __future__ import annotations

import re

from truthgpt.law.requests import Matcher

REACH = 14
"""Characters between a request word and the deed or work that it asks for."""

MOST_REQUESTS = 40

_HOW = re.compile(
    r"怎么样?(?:才能|可以|能|去)?|怎样|如何|教我|教教我|告诉我|帮我|帮忙|给我|请提供|提供|请给|列出|请列|描述|请写|在?哪里|哪儿|去哪|"
    r"用什么|需要什么|我想知道|请问|请(?=[制做写编入教策])|请详细|详细说明|说明|指导我|协助我"
)
_WRITE = re.compile(
    r"写一?|编写|生成|创作|起草|给我|帮我|提供|制作|做一个|发给我|下载|我要|我想要|编造|请给|来一?[段篇个]|编一?[段篇个]"
)
_AFTER = re.compile(r"[^|]{0,4}(?:的)?(?:方法|教程|步骤|配方|指南|详细过程|技巧|流程|办法|图纸)")
_SHIELD = re.compile(
    r"防止|避免|防范|预防|保护|举报|识别|检测|发现|阻止|禁止|打击|反对|判断|处罚|惩罚|看待|评价|关于[^|]{0,8}(?:历史|法律|新闻|研究)|为什么|"
    r"是否|有人|他们|恐怖分子|罪犯|犯罪分子|受害|历史上|应对|对付|被|治疗|急救|电影|小说里|新闻|法律|量刑|判刑|会判|违法吗|犯法吗|合法吗|识破|远离"
)
_PENAL = re.compile(r"判几年|判多少|怎么判|违法吗|犯法吗|合法吗|什么罪|算犯罪|会坐牢|会被判")
_DOUBT = re.compile(r"反驳|否认者|驳斥|为什么|法律|谎言|错误|有人|谁")


def asks_for(sentence: str, words: Matcher) -> bool:
    """Whether the Chinese `sentence` (see `texts.han`) asks for the offence whose `words` these are."""
    if _PENAL.search(sentence) or not (
        words.deeds.pattern.search(sentence)
        or words.works.pattern.search(sentence)
        or words.claims.pattern.search(sentence)
    ):
        return False
    return (
        _after(sentence, _HOW, words.deeds.pattern)
        or _after(sentence, _WRITE, words.works.pattern)
        or _named(sentence, words.deeds.pattern)
        or _spread(sentence, words.claims.pattern)
    )


def _after(sentence: str, form: re.Pattern[str], wanted: re.Pattern[str]) -> bool:
    for count, request in enumerate(form.finditer(sentence)):
        if count == MOST_REQUESTS:
            break
        for start in range(request.end(), min(request.end() + REACH, len(sentence))):
            if _SHIELD.match(sentence, start):
                break
            if wanted.match(sentence, start):
                return True
    return False


def _named(sentence: str, deeds: re.Pattern[str]) -> bool:
    for count, deed in enumerate(deeds.finditer(sentence)):
        if count == MOST_REQUESTS:
            break
        if _AFTER.match(sentence, deed.end()) and not _SHIELD.search(sentence, 0, deed.start()):
            return True
    return False


def _spread(sentence: str, claims: re.Pattern[str]) -> bool:
    claim = claims.search(sentence)
    if claim is None:
        return False
    request = _WRITE.search(sentence, 0, claim.start())
    return request is not None and not _DOUBT.search(sentence, request.end(), claim.start())
