"""How much of a post is template: the share of its lines that the same bot, app or community puts under every post."""

from __future__ import annotations

import re

import daft.functions as F  # noqa: N812
from daft import DataType, Expression, lit

from truthgpt.corpus.cleaning.ramps import number

_TEMPLATES = {
    "bots": """
        i am a bot, | i'm a bot, | i am a bot and | i'm a bot and | was performed automatically | beep boop
        | contact the moderators of | message the moderators | /message/compose | your post has been removed
        | your submission has been removed | this post was automatically removed | eu sou um bot | sou um robô
        | ação foi realizada automaticamente | mensagem automática | 我是机器人 | 由系统自动 | 自动回复""",
    "calls to follow": """
        link in bio | link in my bio | link na bio | like and subscribe | subscribe to my channel
        | subscribe to our | follow me on | follow us on | follow for more | our newsletter
        | my newsletter | turn on notifications | turn on post notifications | inscreva-se no | inscrevam-se no
        | se inscreva no | se inscreve no | ative o sininho | deixe o seu like | deixe seu like | deixa o like
        | me siga n | me sigam n | me segue n | siga-nos n | siga o perfil | 关注我们 | 关注公众号 | 扫码关注
        | 扫描二维码 | 点赞关注 | 求关注 | 一键三连 | 欢迎订阅 | 关注我的""",
    "notices of sites": """
        site uses cookies | website uses cookies | we use cookies | accept cookies | accept all cookies
        | our privacy policy | terms of service apply | all rights reserved | site usa cookies
        | site utiliza cookies | usamos cookies | política de privacidade | todos os direitos reservados
        | 隐私政策 | 版权所有 | 使用cookie | 使用 cookie | 未经授权 | 转载请注明""",
    "headers of regular threads": """
        welcome to the daily | welcome to the weekly | welcome to our weekly | welcome to our daily
        | welcome to the monthly | weekly thread: | [weekly | weekly discussion | weekly questions | weekly megathread
        | daily thread | daily discussion | daily questions | free talk friday | free talk thread
        | simple questions thread | this thread is posted every | will be posted every | this is the weekly
        | please read the rules | please read the faq | please read the sidebar | before posting, please
        | tópico semanal | tópico diário
        | tópico mensal | leia as regras | 每日讨论 | 每周讨论 | 请先阅读版规""",
    "signatures of apps": """
        sent from my | sent using tapatalk | sent via tapatalk | get outlook for | posted via mobile | posted from my phone
        | enviado do meu | enviado pelo meu | enviado de meu | 来自我的 | 发自我的""",
}
_PHRASES = tuple(phrase.strip() for phrases in _TEMPLATES.values() for phrase in phrases.split("|"))
# Nothing but literal words: they are looked for many bytes at a time.
_ANY = "|".join(map(re.escape, _PHRASES))
# Not in the middle of a word: "a present from my dad" is not sent from a phone.
_LINE = rf"(?m)^(?:.*[^\p{{Latin}}\n])?(?:{_ANY})"
_LINE_BREAKS = r"\n\s*"


def boilerplate(text: Expression) -> Expression:
    """The share, 0 to 1, of the lines of clean `text` that are templates in English, Portuguese or Chinese: notes of
    bots, calls to subscribe, notices of sites, headers of regular threads, signatures of apps. Blank lines do not count.

    C4 (Raffel et al. 2020, section 2.2) and RefinedWeb (Penedo et al. 2023) drop such lines of web pages; a post is
    cited as it was written, so here they are only counted.
    """
    # One look for all templates costs little; lines are told apart only where there is one.
    lowered = F.lower(text)
    found = F.regexp_count(F.when(F.regexp(lowered, _ANY), lowered), _LINE)
    lines = number(F.regexp_count(text, _LINE_BREAKS)) + 1
    share = F.clip(number(found) / lines, lit(0.0), lit(1.0)).cast(DataType.float32())
    return F.when(text.not_null(), share)
