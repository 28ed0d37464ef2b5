"""The kinds of things that questions ask for: the words that ask for each, and what a sentence that gives it must hold.

All patterns are matched on plain text (`corpus.fold.plain`: lower case, no accents), in English, Portuguese and Chinese.
"""

from __future__ import annotations

from typing import Final, Literal

import regex

Kind = Literal[
    "money", "mass", "temperature", "percentage", "age", "length", "duration", "count",
    "time", "person", "place", "opinion", "statement",
]  # fmt: skip

QUANTITIES: Final = frozenset(
    {"money", "mass", "temperature", "percentage", "age", "length", "duration", "count"}
)
"""Kinds whose answer is a number: of several posts that give one, the later may be right."""


def _any(*patterns: str) -> regex.Pattern[str]:
    return regex.compile("|".join(patterns))


def _words(words: str) -> str:
    return rf"\b(?:{'|'.join(words.split())})\b"


ASKS: Final[tuple[tuple[Kind, regex.Pattern[str]], ...]] = (
    (
        # "Can scientists tell when …", "How do bees say where …": what is asked is not the time, not the place.
        "statement",
        _any(
            r"^\W*(?:and |so |but )?(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|may|might)\b"
            r"(?!.{0,60}\b(?:good|bad|right|wrong|fair|worth|justified)\b)",
            r"\bhow (?:do|does|did|can|could|is|are|was|were|should|would|to)\b(?!.{0,80}\b(?:cost|weigh)\b)|\bwhy\b|\bcomo\b|\bpor ?que\b",
            r"为什么|怎么(?!看)|怎样|如何",
        ),
    ),
    (
        "money",
        _any(
            r"\bhow much\b.{0,80}\b(?:costs?|pa(?:y|ys|id)|spen[dt]s?|price|charged?|earns?|worth|raised?|budget|fee)\b",
            r"\bwhat (?:does|did|do|will|would|is|was)\b.{0,60}\b(?:cost|price|budget|fee)\b|\bhow expensive\b",
            r"\bquanto\b.{0,80}\b(?:cust\w+|gast\w+|pag\w+|cobr\w+|vale|valor|preco)\b|\bqual (?:e |foi )?o (?:preco|custo)\b",
            r"多少钱|多少[美欧日]?元|价格|票价|造价|费用|花费|花了多少|贵不贵",
        ),
    ),
    (
        "mass",
        _any(
            r"\bhow heavy\b|\bhow much\b.{0,60}\bweighs?\b|\bwhat\b.{0,40}\b(?:weight|mass|weigh)\b",
            r"\bquanto\b.{0,60}\bpes\w+\b|\bqual (?:e |era )?o peso\b|多重|重多少|重量|多少[公千]?[斤克吨]",
        ),
    ),
    (
        "temperature",
        _any(
            r"\bhow (?:hot|cold|warm)\b|\b(?:what|which|que|qual)\b.{0,30}\b(?:temperature|temperatura)\b|\bquao (?:quente|fri[oa])\b",
            r"多少度|几度|多[热冷烫]|温度",
        ),
    ),
    (
        "percentage",
        _any(
            r"\bwhat (?:percentage|percent|share|proportion|fraction|part)\b|\bhow (?:large|big) a (?:share|part)\b",
            r"\bque (?:percentagem|porcentagem|percentual|parte|fracao|proporcao)\b|百分之几|百分之多少|比例|占多少|几成",
            r"\bqual (?:e |era |foi )?(?:a |o )?(?:percentagem|porcentagem|percentual|parte|fracao|proporcao)\b",
        ),
    ),
    (
        "age",
        _any(
            r"\bhow old\b|\bquantos anos tem\b|\bqual (?:e |era )?a idade\b|\bque idade\b",
            r"多少岁|几岁|年龄|多大年纪",
        ),
    ),
    (
        "length",
        _any(
            r"\bhow (?:far|wide|tall|high|deep|close|broad|thick|near)\b|\bwhat\b.{0,30}\b(?:height|length|width|depth|distance|diameter)\b",
            r"\ba que distancia\b|\bqual (?:e |era )?(?:a |o )?(?:altura|largura|distancia|comprimento|profundidade|diametro|extensao)\b",
            r"\bquantos (?:metros|quilometros)\b|多[高深宽远厚]|多长(?!时间)|直径|总长|长度|高度|距离|多少[公千]?[米里]",
        ),
    ),
    (
        "duration",
        _any(
            r"\bhow (?:long|much time)\b|\bhow many (?:seconds|minutes|hours|days|weeks|months|years)\b|\bquanto tempo\b",
            r"\bquant[oa]s (?:segundos|minutos|horas|dias|semanas|meses|anos)\b|多久|多长时间|多少[天年月秒]|几[天年个]?(?:月|小时|分钟|天|年)",
        ),
    ),
    (
        "count",
        _any(
            r"\bhow (?:many|much|often|fast|big|large|strong|quickly|high)\b|\bwhat (?:is|was|are) the (?:\w+ )?(?:number|population|size|record|speed|rate)\b",
            r"\bquant[oa]s?\b|\b(?:que|qual) (?:e |era |foi )?(?:a |o )?(?:maior |menor )?"
            r"(?:numero|populacao|magnitude|tamanho|capacidade|recorde|taxa|quantidade|velocidade)\b",
            r"多少|几(?!乎)|多[大快强]",
        ),
    ),
    (
        "time",
        _any(
            r"\bwhen\b|\bhow long ago\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b",
            r"\bquando\b|\b(?:que|qual) (?:e |foi )?(?:o |a )?(?:ano|dia|data|mes|seculo|hora|decada)\b",
            r"什么时候|何时|几时|什么时间|哪一?(?:年|天|月|日)",
        ),
    ),
    ("person", _any(r"\bwho(?:se|m)?\b|\bquem\b|谁|哪位|什么人")),
    (
        "place",
        _any(
            r"\bwhere\b|\b(?:what|which) (?:country|city|town|place|region|continent|island|river|state)\b",
            r"\ba?onde\b|\b(?:que|qual) (?:pais|cidade|lugar|regiao|ilha|continente|rio|estado)\b",
            r"哪里|哪儿|在哪|何处|什么地方|哪个(?:国家|城市|地方|省)",
        ),
    ),
    (
        "opinion",
        _any(
            r"^(?:\W*(?:so|and|but|ok),?\s*)?(?:should|shall|ought)\b|\bworth it\b|\bgood idea\b|\bpros and cons\b",
            r"\bshould (?:we|they|i|the|a|an|our|cities|countries|governments?|people|companies|schools)\b",
            r"\b(?:arguments?|case) (?:for|against)\b|\bwhat do people (?:think|say)\b|\b(?:better|worse) than\b",
            r"\b(?:is|are) .{0,60}\b(?:good|bad|right|wrong|fair|worth|justified)\b",
            r"\bdeve(?:m|ria|riam|mos|riamos)?\b|\bvale a pena\b|\bboa ideia\b|\bmelhor (?:do )?que\b",
            r"\bargumentos (?:a favor|contra)\b|\bo que (?:as pessoas|voces|se) (?:acham|pensam|acha|pensa)\b",
            r"应该|应不应该|该不该|值得|好不好|是好是坏|好主意|怎么看|利弊|支持还是反对",
        ),
    ),
)
"""The kind of a question is the one whose words stand first in it; of several at one place, the first listed."""

_MONTHS = (
    "january february march april may june july august september october november december"
    " janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro"
)
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday yesterday tomorrow today tonight"
    " segunda terca quarta quinta sexta sabado domingo ontem amanha hoje"
)
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty"
    " seventy eighty ninety hundred hundreds thousand thousands million millions billion billions trillion dozen"
    " dozens half twice double third quarter once none zero"
    " dois duas tres quatro cinco seis sete oito nove dez onze doze quinze vinte trinta quarenta cinquenta sessenta"
    " cem cento duzentos mil milhao milhoes bilhao bilhoes metade dobro terco nenhum"
)
_NUMBER = rf"\d[\d.,]*|{_words(_NUMBER_WORDS)}|[一二三四五六七八九十百千万亿两半]"

HOLDS: Final[dict[Kind, regex.Pattern[str]]] = {
    "money": _any(
        r"[$€£¥]|\b(?:dollars?|euros?|pounds?|reais|cents?|centavos|yuan|usd|eur|brl|francs?)\b|\bfree\b|\bgratis\b|\bgratuit[oa]s?\b",
        r"[元角块]|人民币|免费|不要钱",
    ),
    "mass": _any(
        r"\d ?(?:kg|g|mg|t|lb|oz)\b|\b(?:tons?|tonnes?|kilos?|(?:kilo|milli)?grams?|(?:kilo|mili)?gramas?|pounds?|ounces?)\b",
        r"\b(?:toneladas?|quilos?|quilogramas?)\b|[吨克斤]",
    ),
    "temperature": _any(r"°|\b(?:degrees?|graus?|kelvin|celsius|fahrenheit)\b|\d ?[ck]\b|摄氏|度"),
    "percentage": _any(
        r"%|\b(?:percent|per cent|por cento|half|third|thirds|quarter|quarters|fifth|metade|terco|tercos|quarto)\b",
        r"\bone in \w+|\bout of\b|\bem cada\b|百分之|成|一半|分之",
    ),
    "age": _any(r"\b(?:years?|months?|anos?|meses)\b|\baged? \d|岁"),
    "length": _any(
        r"\d ?(?:m|km|cm|mm|ft|mi)\b|\b(?:(?:kilo|centi|milli)?met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|light.years?)\b",
        r"\b(?:(?:quilo|centi|mili)?metros?|milhas?|anos.luz)\b|[米里]|光年|公尺",
    ),
    "duration": _any(
        r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|\d+ ?(?:s|min|h))\b",
        r"\b(?:segundos?|minutos?|horas?|dias?|semanas?|mes|meses|anos?|decadas?|seculos?)\b|秒|分钟|小时|[天日周月年]|世纪",
        # "How long is the wall?" asks for a length in the words of a duration.
        r"\d ?(?:m|km)\b|\b(?:kilo)?met(?:re|er)s?\b|\bmiles?\b|\b(?:quilo)?metros?\b|[米里]",
    ),
    "count": _any(_NUMBER),
    "time": _any(
        r"\b(?:1\d\d\d|20\d\d)\b|\b\d{1,2}[:h]\d\d\b|\b\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b",
        r"\b\d+ ?(?:am|pm|bc|ad|bce|ce)\b|\bcentury\b|\bseculo\b|\b(?:decades?|years?|months?|weeks?|days?) ago\b",
        r"\bevery (?:day|night|week|month|year|morning|evening)\b|\bmei[ao]-(?:noite|dia)\b|\b(?:midnight|noon)\b",
        r"\bha \w+ (?:anos|meses|dias)\b|\b(?:anos|meses|dias) atras\b|\b(?:spring|summer|autumn|winter|primavera|verao|outono|inverno)\b",
        _words(_MONTHS),
        _words(_DAYS),
        r"[\d一二三四五六七八九十〇零]+\s*[年月日号点]|世纪|年代|[昨今明]天|[春夏秋冬]天|年前",
    ),
}
"""What a sentence holds that gives a thing of the kind; kinds without a pattern ask for names, or for anything."""
