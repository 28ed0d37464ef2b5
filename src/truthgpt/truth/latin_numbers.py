"""Numbers, dates and times in English and Portuguese sentences; what `latin.Reader` reads words with is built on it."""

from __future__ import annotations

import regex

from truthgpt.truth import lexicon, quantities
from truthgpt.truth.lexing import Language, Raw, lex, plain_form
from truthgpt.truth.tokens import Reading, Token

CURRENCIES = frozenset({"$", "€", "£", "¥", "r$"})
_BEFORE_MONTH = lexicon.words("in since until by early late of mid on during last next em de desde ate")
_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
_PT_WEEKDAYS = {"segunda": 1, "terca": 2, "quarta": 3, "quinta": 4, "sexta": 5}
_BOUND = regex.compile(
    r"(?:\b(?P<about>about|around|approximately|approx\.?|roughly|circa|nearly|almost|some|cerca de|aproximadamente"
    r"|quase|uns|umas|por volta de|perto de|close to)"
    r"|\b(?P<above>at least|no less than|more than|over|exceeding|upwards of|above|pelo menos|no minimo|mais de"
    r"|acima de|mais do que|a minimum of)"
    r"|\b(?P<below>up to|at most|no more than|less than|fewer than|under|below|ate|no maximo|menos de|abaixo de"
    r"|a maximum of)) ?(?:r\$|us\$|[$€£¥])? ?(?:the |a |os |as )?$"
)


class Numbers:
    """The state of reading one folded sentence, and the reading of numbers, dates and times."""

    def __init__(self, folded: str, language: Language) -> None:
        self.raw = lex(folded, language)
        self.plain = plain_form(folded)
        self.language: Language = language
        self.light = lexicon.LIGHT_PT if language == "pt" else lexicon.LIGHT_EN
        self.out = Reading()
        words = [raw for raw in self.raw if raw.kind == "word"]
        # In a title, or in capitals throughout, a capital letter tells nothing.
        self.cased_tells = sum(raw.cased for raw in words) * 2 <= len(words) + 2
        self.chunk = 0
        self.at = 0
        self.currency = ""
        self.chunk_start = 0
        self.agent: tuple[int, int] | None = None
        self.clear()
        self.negative = self.scoped = False
        self.quantity = ""

    def clear(self) -> None:
        self.prep = ""
        self.link: set[str] = set()

    def peek(self, ahead: int = 0) -> Raw:
        at = self.at + ahead
        return self.raw[at] if at < len(self.raw) else Raw("mark", "", -1)

    def before(self, back: int = 2) -> Raw:
        at = self.at - back
        return self.raw[at] if at >= 0 else Raw("mark", "", -1)

    def add(self, key: str, raw: Raw, kind: str) -> Token:
        first = not self.out.tokens and self.at <= 2
        token = Token(
            key,
            raw.text,
            kind,
            raw.start,
            chunk=self.chunk,
            name=raw.cased and self.cased_tells and (not first or self.peek().cased) and kind == "word",
            prep=self.prep,
            link=frozenset(self.link),
            negated=self.negative,
            scoped=self.scoped,
            quantity=self.quantity,
        )
        self.out.tokens.append(token)
        self.negative = False
        self.quantity = ""
        self.clear()
        return token

    def number_ahead(self) -> bool:
        """Whether what follows is a number, perhaps after `than`, `de` or a currency."""
        ahead = 0
        while ahead < 3 and (
            self.peek(ahead).text in ("than", "de", "do", "que") or self.peek(ahead).text in CURRENCIES
        ):
            ahead += 1
        following = self.peek(ahead)
        return following.kind == "number" or following.text in quantities.SMALL

    def after_number(self) -> bool:
        tokens = self.out.tokens
        return bool(tokens) and tokens[-1].kind in ("number", "unit") and not self.link

    def _is_month(self, raw: Raw) -> bool:
        month = quantities.MONTHS.get(raw.text)
        if month is None:
            return False
        if raw.text not in quantities.WORD_MONTHS:
            return True
        before, following = self.before(), self.peek()
        near = before.kind == "number" or following.kind == "number" or before.text in _ORDINAL_ENDS
        return (
            near
            or (raw.cased and before.text in _BEFORE_MONTH)
            or (raw.text == "marco" and before.text == "de")
        )

    def date(self, raw: Raw) -> bool:
        if raw.text in quantities.WEEKDAYS:
            self.add(f"w:{quantities.WEEKDAYS[raw.text]}", raw, "date")
            return True
        if raw.text in _PT_WEEKDAYS and self.peek().text == "-" and self.peek(1).text == "feira":
            self.add(f"w:{_PT_WEEKDAYS[raw.text]}", raw, "date")
            self.at += 2
            return True
        if not self._is_month(raw):
            return False
        tokens = self.out.tokens
        month = f"m:{quantities.MONTHS[raw.text]}"
        day = tokens[-1] if tokens and tokens[-1].kind in ("number", "ordinal") else None
        if day and day.chunk == self.chunk and self.link <= {"prep", "det"} and _is_day(day.key):
            day.key, day.kind = f"d:{day.key.strip('#o:')}", "date"
            self.add(month, raw, "date")
        else:
            following = self.peek()
            if following.kind == "number" and len(following.text) <= 2 and _is_day(following.key):
                self.add(f"d:{int(following.text)}", following, "date")
                self.at += 1
                if self.peek().text in _ORDINAL_ENDS:
                    self.at += 1
            self.add(month, raw, "date")
        if self.peek().text in (",", "de", "of") and self._is_year(self.peek(1)):
            self.at += 1
        if self._is_year(self.peek()):
            year = self.peek()
            self.at += 1
            self.add(year.key, year, "date")
        return True

    def _is_year(self, raw: Raw) -> bool:
        return raw.kind == "number" and raw.text.isdigit() and len(raw.text) == 4

    def number(self, raw: Raw) -> None:
        following = self.peek()
        if following.text in _ORDINAL_ENDS and following.start == raw.start + len(raw.text):
            self.at += 1
            self.add(f"o:{raw.key[1:]}", raw, "ordinal")
            return
        value = float(raw.key[1:]) if raw.key.startswith("#") and raw.key != "#?" else None
        if value is None:
            self.add(raw.key or raw.text, raw, "number")
            return
        if self._is_year(raw) and self.prep in ("at", "from", "to") and 1000 <= value <= 2100:
            self.add(raw.key, raw, "date")
            return
        self._amount(raw, value)

    def _amount(self, raw: Raw, value: float) -> None:
        """A number with the scales that follow it, its bound before it and its currency after it."""
        while (scale := quantities.SCALES.get(self.peek().text)) and not (
            len(self.peek().text) <= 2
            and self.peek().start != self.raw[self.at - 1].start + len(self.raw[self.at - 1].text)
        ):
            if self.peek().text == "m" and not self.currency:
                break
            value *= scale
            self.at += 1
            if self.peek().text == "de":
                self.at += 1
        bound = _BOUND.search(self.plain[max(0, raw.start - 40) : raw.start])
        token = self.add(quantities.number_key(value), raw, "number")
        token.bound = (bound.lastgroup or "") if bound else ""
        if self.currency:
            self.add(f"u:{self.currency}", raw, "unit")
            self.currency = ""

    def spelled(self, raw: Raw) -> bool:
        """A number or an ordinal in words."""
        word, following, before = raw.text, self.peek(), self.before()
        ordinal = quantities.ORDINALS.get(word)
        if ordinal and not (word == "second" and before.kind == "number") and word not in _PT_WEEKDAYS:
            self.add(f"o:{ordinal}", raw, "ordinal")
            return True
        if word in ("both", "ambos", "ambas"):
            if any(self.peek(ahead).text in ("and", "e") for ahead in range(4)):
                self.link.add("light")
            else:
                self.add("#2", raw, "number")
            return True
        if word == "one" and (
            following.text in ("of", "another", "'s") or before.text in ("no", "the", "this", "any")
        ):
            self.link.add("light")
            return True
        hundred = word in ("hundred", "thousand", "million", "billion", "mil") and before.kind != "number"
        if word not in quantities.SMALL and not hundred:
            return False
        value = quantities.SMALL.get(word) or quantities.SCALES.get(word, 0.0)
        while True:
            step = 1 if self.peek().text in ("-", "and", "e") else 0
            part = self.peek(step).text
            small = quantities.SMALL.get(part, 0)
            if small and value >= 20 and small < (100 if value % 100 == 0 else 10):
                value += small
            elif not step and part in ("hundred", "thousand", "mil"):
                value *= quantities.SCALES[part]
            else:
                break
            self.at += step + 1
        self._amount(raw, value)
        return True


def _is_day(key: str) -> bool:
    number = key.strip("#o:")
    return number.isdecimal() and 1 <= int(number) <= 31
