"""Numbers, units, dates and times as people write them in English, Portuguese and Chinese, as values that compare.

A number becomes its value ("two and a half million", "2.5 million", "2,500,000" and "二百五十万" are one), a unit its
symbol, a date its parts, a time its seconds after midnight.
"""

from __future__ import annotations

import math

MAX_DIGITS = 24
"""Digits that a number may have to be read as a value; a longer one is compared as it is written."""

_UNITS_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_UNITS_EN += " seventeen eighteen nineteen"
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL: dict[str, float] = {word: value for value, word in enumerate(_UNITS_EN.split())}
SMALL |= {word: 20 + 10 * index for index, word in enumerate(_TENS_EN.split())}
SMALL |= {"dozen": 12.0}
SMALL |= {
    "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8, "nove": 9, "dez": 10,
    "onze": 11, "doze": 12, "treze": 13, "catorze": 14, "quatorze": 14, "quinze": 15, "dezesseis": 16,
    "dezasseis": 16, "dezessete": 17, "dezassete": 17, "dezoito": 18, "dezenove": 19, "dezanove": 19, "vinte": 20,
    "trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "setenta": 70, "oitenta": 80, "noventa": 90,
    "cem": 100, "cento": 100, "duzentos": 200, "duzentas": 200, "trezentos": 300, "trezentas": 300,
    "quatrocentos": 400, "quatrocentas": 400, "quinhentos": 500, "quinhentas": 500, "seiscentos": 600,
    "seiscentas": 600, "setecentos": 700, "oitocentos": 800, "novecentos": 900, "duzia": 12,
}  # fmt: skip
SCALES: dict[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9,
    "trillion": 1e12, "mil": 1e3, "milhao": 1e6, "milhoes": 1e6, "bilhao": 1e9, "bilhoes": 1e9, "biliao": 1e12,
    "trilhao": 1e12, "trilhoes": 1e12, "k": 1e3, "m": 1e6, "bn": 1e9, "mn": 1e6,
}  # fmt: skip
ORDINALS: dict[str, int] = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "terceiro": 3, "terceira": 3, "quarto": 4, "quarta": 4, "quinto": 5, "quinta": 5,
    "sexto": 6, "sexta": 6, "setimo": 7, "setima": 7, "oitavo": 8, "oitava": 8, "nono": 9, "nona": 9, "decimo": 10,
}  # fmt: skip

_MONTHS = (
    "january jan janeiro", "february feb fevereiro fev", "march mar marco", "april apr abril abr", "may maio mai",
    "june jun junho", "july jul julho", "august aug agosto ago", "september sept sep setembro set",
    "october oct outubro out", "november nov novembro", "december dec dezembro dez",
)  # fmt: skip
MONTHS: dict[str, int] = {word: at for at, line in enumerate(_MONTHS, 1) for word in line.split()}
WORD_MONTHS = frozenset(
    {"may", "march", "mar", "jan", "set", "out", "sep", "mai", "ago", "dec", "apr", "marco"}
)
"""Months that are also other words: a month only beside a day, a year or after "in"."""
WEEKDAYS: dict[str, int] = {
    "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7,
    "mondays": 1, "tuesdays": 2, "wednesdays": 3, "thursdays": 4, "fridays": 5, "saturdays": 6, "sundays": 7,
    "segunda-feira": 1, "terca-feira": 2, "quarta-feira": 3, "quinta-feira": 4, "sexta-feira": 5, "sabado": 6,
    "domingo": 7, "sabados": 6, "domingos": 7,
}  # fmt: skip

UNITS: dict[str, str] = {}
for _symbol, _names in {
    "%": "% percent per_cent percentage por_cento pct",
    "$": "$ dollar dollars usd dolar dolares 美元",
    "€": "€ euro euros eur 欧元",
    "£": "£ pound pounds gbp libra libras 英镑",
    "R$": "r$ real reais brl",
    "¥": "¥ yuan rmb cny 元",
    "km": "km kilometre kilometres kilometer kilometers quilometro quilometros 公里",
    "mi": "mi mile miles milha milhas 英里",
    "m": "metre metres meter meters metro metros 米",
    "cm": "cm centimetre centimetres centimeter centimeters centimetro centimetros 厘米",
    "mm": "mm millimetre millimetres millimeter millimeters milimetro milimetros 毫米",
    "kg": "kg kilo kilos kilogram kilograms quilo quilos quilograma quilogramas 公斤",
    "g": "gram grams grama gramas 克",
    "t": "tonne tonnes ton tons tonelada toneladas 吨",
    "l": "litre litres liter liters litro litros 升",
    "h": "hour hours hora horas 小时",
    "min": "minute minutes minuto minutos min 分钟",
    "s": "seconds segundos 秒",
    "day": "day days dia dias 天",
    "week": "week weeks semana semanas 周",
    "month": "month months mes meses 个月",
    "year": "year years ano anos 年",
    "°c": "°c celsius 摄氏度",
    "°f": "°f fahrenheit 华氏度",
    "mw": "mw megawatt megawatts",
    "ha": "ha hectare hectares hectar 公顷",
}.items():
    UNITS.update(dict.fromkeys(_names.split(), _symbol))
DIMENSIONS: dict[str, str] = {}
for _dimension, _symbols in {
    "money": "$ € £ R$ ¥", "length": "km mi m cm mm", "mass": "kg g t", "time": "h min s day week month year",
    "heat": "°c °f",
}.items():  # fmt: skip
    DIMENSIONS.update(dict.fromkeys(_symbols.split(), _dimension))

_ZH_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000}
_ZH_GROUPS = {"万": 10_000, "亿": 100_000_000}
ZH_NUMERALS = frozenset(_ZH_DIGITS) | frozenset(_ZH_SCALES) | frozenset(_ZH_GROUPS) | {"点"}


def parse_digits(text: str, language: str) -> float | None:
    """The value of `text`, digits with `.` and `,`, by the custom of `language`; None where it is no number.

    >>> parse_digits("2.500", "pt"), parse_digits("2.500", "en"), parse_digits("1,234.5", "pt")
    (2500.0, 2.5, 1234.5)
    """
    if len(text) > MAX_DIGITS:
        return None
    decimal = ""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        decimal = "," if comma > point else "."
    elif comma >= 0 or point >= 0:
        mark = "," if comma >= 0 else "."
        thousands = "." if language == "pt" else ","
        grouped = all(len(part) == 3 for part in text.split(mark)[1:])
        if text.count(mark) == 1 and not (mark == thousands and grouped):
            decimal = mark
    whole = "".join("." if char == decimal else char for char in text if char.isdigit() or char == decimal)
    try:
        return float(whole)
    except ValueError:
        return None


def parse_chinese(text: str) -> float | None:
    """The value of a Chinese numeral ("三百万", "二百五十", "一九九八", "三点五"); None where it is none."""
    whole, dot, fraction = text.partition("点")
    if not whole or len(text) > MAX_DIGITS or "点" in fraction or (dot and not fraction):
        return None
    if all(char in _ZH_DIGITS for char in whole) and len(whole) > 1:
        value = float("".join(str(_ZH_DIGITS[char]) for char in whole))
    else:
        total = section = digit = 0
        for char in whole:
            if char in _ZH_DIGITS:
                digit = _ZH_DIGITS[char]
            elif char in _ZH_SCALES:
                section += (digit or 1) * _ZH_SCALES[char]
                digit = 0
            else:
                group, section = section + digit, 0
                total = (total + group if char == "亿" else group or 1) * _ZH_GROUPS[char] + (
                    0 if char == "亿" else total
                )
                digit = 0
        value = float(total + section + digit)
    if fraction:
        if not all(char in _ZH_DIGITS for char in fraction):
            return None
        value += float("0." + "".join(str(_ZH_DIGITS[char]) for char in fraction))
    return value


def number_key(value: float) -> str:
    """How a value is compared: twelve digits, so that 0.1 + 0.2 is 0.3."""
    return f"#{value:.12g}" if math.isfinite(value) else "#?"
