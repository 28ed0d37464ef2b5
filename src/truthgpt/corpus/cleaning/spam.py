"""How much a post looks like spam: what it pushes, and how it shouts and repeats itself."""

from __future__ import annotations

import re
from functools import reduce
from operator import mul

import daft.functions as F  # noqa: N812
from daft import DataType, Expression, lit

from truthgpt.corpus.cleaning.profile import BEGINNING
from truthgpt.corpus.cleaning.ramps import field, number, ramp, ratio, repeated

_PHRASES = """
    giveaway | airdrop | free crypto | crypto signal | double your | guaranteed profit | guaranteed return
    | work from home and | earn money | make money online | earn up to | quick cash | easy money
    | per day from home | casino | jackpot | free spins | sports betting | betting tips | no deposit bonus | promo code
    | discount code | coupon code | limited time offer | limited offer | act now | click here | click the link
    | buy now | order now | free shipping | 100% free | lose weight fast | weight loss pill
    | cheap followers | buy followers | free followers | free gift card | gift card code | dm me to | dm us
    | hot singles | onlyfans | viagra | investment opportunity | forex | binary options | loan approved
    | join our group | join now
    | sorteio | ganhe dinheiro | dinheiro fácil | dinheiro facil | renda extra | renda passiva | ganhar dinheiro
    | cassino | aposta | apostas | tigrinho | rodadas grátis | bônus de | cupom | frete grátis | clique aqui
    | clique no link | link abaixo | compre agora | promoção imperdível | lucro garantido | últimas vagas | emagreça
    | empréstimo | seguidores baratos | chama no | 100% grátis | garanta já
    | 免费领取 | 点击链接 | 点击领取 | 领红包 | 抽奖 | 转发抽 | 博彩 | 赌场 | 彩票 | 棋牌 | 下注 | 开户送 | 日赚 | 月入
    | 兼职 | 刷单 | 贷款 | 稳赚 | 高收益 | 投资群 | 空投 | 代购 | 秒杀 | 限时优惠 | 优惠券 | 包邮 | 淘宝 | 涨粉
    | whatsapp | whats app | wa.me/ | t.me/ | telegram: | telegram @ | on telegram | telegram group | telegram channel
    | wechat: | wechat id | text me at | call me at | call now | contact me on | inbox me | dm for | dm to order
    | zap: | chama no zap | no zap | me chama no | entre em contato | grupo vip | canal do telegram
    | 加微信 | 加我微信 | 微信号 | 微信: | 微信： | 加v | 薇信 | 威信 | vx: | vx： | qq群 | 加群 | 扫码进群 | 私聊我"""
_LINK = "://"
_HASHTAG = r"[#＃]\w"

# Nothing but literal words: they are looked for many bytes at a time.
_PITCH = "|".join(re.escape(phrase.strip()) for phrase in _PHRASES.split("|"))


def spam(text: Expression, counts: Expression) -> Expression:
    """0 to 1 for clean `text` with its `profile` as `counts`; null text has 0.

    The probability that at least one of independent signs is right (noisy or): 1 − Π(1 − weight × sign), each sign
    from 0 to 1. The signs are those that lists of features for spam on social networks agree on (Benevenuto et al.,
    "Detecting spammers on Twitter", 2010; McCord and Chuah, "Spam detection on Twitter using traditional classifiers",
    2011): words that sell or push a contact, the more so with a number, links, hashtags, capitals, symbols, and
    repetition (Rae et al., "Gopher", 2021, table A1).
    """
    beginning = F.left(text, BEGINNING)
    words, letters = field(counts, "words"), field(counts, "letters")
    characters = field(counts, "characters")
    links = number(F.regexp_count(beginning, _LINK))
    hashtags = number(F.regexp_count(beginning, _HASHTAG))
    digits = ratio(field(counts, "digits"), characters)
    # Two or three such phrases in a few words are a sales pitch; a story may tell of a casino several times.
    pitch = number(F.regexp_count(F.lower(beginning), _PITCH)) / F.clip(words / 25, lit(1.0), lit(8.0))
    enough_words = ramp(words, 5, 15)
    signs = (
        0.85 * ramp(pitch * (1 + 2 * ramp(digits, 0.05, 0.15)), 0.5, 3),
        0.4 * ramp(ratio(links, words), 0.1, 0.5),
        0.8 * ramp(repeated(counts, "words"), 0.5, 0.85) * enough_words,
        0.7 * ramp(repeated(counts, "lines"), 0.3, 0.8),
        0.5 * ramp(ratio(field(counts, "repeats"), characters), 0.25, 0.7),
        0.3 * ramp(ratio(field(counts, "capitals"), letters), 0.4, 0.9) * ramp(letters, 15, 60),
        0.7 * ramp(ratio(hashtags, words), 0.2, 0.6) * ramp(hashtags, 2, 6),
        0.4 * ramp(ratio(field(counts, "signs"), words), 0.3, 1.5) * ramp(field(counts, "signs"), 3, 8),
    )
    return (1 - reduce(mul, (1 - sign for sign in signs))).cast(DataType.float32())
