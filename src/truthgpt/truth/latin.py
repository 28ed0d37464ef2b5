"""Reads one English or Portuguese sentence: content tokens, each with the mark of the function words around it."""

from __future__ import annotations

import regex

from truthgpt.truth import lexicon, quantities
from truthgpt.truth.lexing import Language, Raw, lex, plain_form, stem
from truthgpt.truth.tokens import Reading, Token

_BREAKS = frozenset(",;:()[]–—|/")
_CURRENCIES = frozenset({"$", "€", "£", "¥", "r$"})
_DETERMINERS = lexicon.words(
    "the a an this that these those its his her their our my your o os as um uma uns umas seu sua seus suas"
)
_HAVE = lexicon.words("have has had having do does did tem tinha tinham ter tendo ha havia houve teve")
_BEFORE_MONTH = lexicon.words("in since until by early late of mid on during last next em de desde ate")
_MARGINS = frozenset(
    {"point", "goal", "vote", "pont", "gol", "vot", "u:%"}
    | {f"u:{unit}" for unit in ["km", "m", "day", "year", "h"]}
)
"""What follows a number after "by" that is a measure and not who did it."""
_ALWAYS_UNITS = frozenset(
    word
    for word, unit in quantities.UNITS.items()
    if len(word) > 3 and unit in ["%", "$", "€", "km", "year", "month", "week", "day", "h", "min"]
)
"""Units by name also where no number stands before them; "gram", "pound" and "real" mean other things as well."""
_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
_CONTENT_MODALITY = frozenset({"said", "belief", "intent"})
_PT_WEEKDAYS = {"segunda": 1, "terca": 2, "quarta": 3, "quinta": 4, "sexta": 5}
_QUANTITIES: dict[str, str] = (
    dict.fromkeys(lexicon.UNIVERSAL, "all")
    | dict.fromkeys(lexicon.PARTIAL, "some")
    | dict.fromkeys(lexicon.MANY, "many")
    | dict.fromkeys(lexicon.FEW, "few")
    | dict.fromkeys(
        ["only", "solely", "exclusively", "apenas", "somente", "so", "exclusivamente", "unico", "unica"],
        "only",
    )
)
_BOUND_WORDS = lexicon.words(
    "over under above below about around approximately roughly nearly almost more less fewer up least most mais menos"
    " acima abaixo aproximadamente quase"
)
_BOUND = regex.compile(
    r"(?:\b(?P<about>about|around|approximately|approx\.?|roughly|circa|nearly|almost|some|cerca de|aproximadamente"
    r"|quase|uns|umas|por volta de|perto de|close to)"
    r"|\b(?P<above>at least|no less than|more than|over|exceeding|upwards of|above|pelo menos|no minimo|mais de"
    r"|acima de|mais do que|a minimum of)"
    r"|\b(?P<below>up to|at most|no more than|less than|fewer than|under|below|ate|no maximo|menos de|abaixo de"
    r"|a maximum of)) ?(?:r\$|us\$|[$€£¥])? ?(?:the |a |os |as )?$"
)


def read(folded: str, language: Language) -> Reading:
    """The reading of one folded sentence."""
    return _Reader(folded, language).run()


class _Reader:
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
        self._clear()
        self.negative = self.scoped = False
        self.quantity = ""

    def _clear(self) -> None:
        self.prep = ""
        self.link: set[str] = set()

    def run(self) -> Reading:
        while self.at < len(self.raw):
            raw = self.raw[self.at]
            self.at += 1
            if raw.kind == "mark":
                self._mark(raw)
            elif raw.kind == "number":
                self._number(raw)
            elif raw.kind in ("date", "time", "unit", "link"):
                self._add(raw.key, raw, raw.kind)
            elif raw.kind == "han":
                self._add(raw.key, raw, "han")
            else:
                self._word(raw)
        self._end_chunk()
        self.out.open_negation = self.negative
        self.out.anaphoric = any(
            raw.text in lexicon.ANAPHORS for raw in [raw for raw in self.raw if raw.kind == "word"][:3]
        )
        return self.out

    # Looking around

    def _peek(self, ahead: int = 0) -> Raw:
        at = self.at + ahead
        return self.raw[at] if at < len(self.raw) else Raw("mark", "", -1)

    def _before(self, back: int = 2) -> Raw:
        at = self.at - back
        return self.raw[at] if at >= 0 else Raw("mark", "", -1)

    # Marks and clauses

    def _mark(self, raw: Raw) -> None:
        if raw.text == "%":
            self._add("u:%", raw, "unit")
        elif raw.text in _CURRENCIES:
            symbol = "R$" if raw.text == "r$" else raw.text
            if self._peek().kind == "number":
                self.currency = symbol
            else:
                self._add(f"u:{symbol}", raw, "unit")
        elif raw.text in ("°c", "°f"):
            self._add(f"u:{raw.text}", raw, "unit")
        elif raw.text in _BREAKS:
            self._end_chunk()

    def _end_chunk(self) -> None:
        self._make_active()
        self.chunk += 1
        self.chunk_start = len(self.out.tokens)
        self.scoped = False
        self._clear()

    def _make_active(self) -> None:
        """Put `patient verb agent` of this clause in the order `agent verb patient`."""
        if self.agent is None:
            return
        verb, begin = self.agent
        self.agent = None
        tokens = self.out.tokens
        end = begin + 1
        while end < len(tokens) and end - begin < 5 and (not tokens[end].link or tokens[end].prep == "of"):
            end += 1
        if begin >= len(tokens) or tokens[begin].kind in ("unit", "date", "time"):
            return
        if tokens[begin].kind == "number" and (end == begin + 1 or tokens[begin + 1].key in _MARGINS):
            return
        start = self.chunk_start
        tokens[begin].prep = ""
        tokens[start:] = tokens[begin:end] + tokens[verb:begin] + tokens[start:verb] + tokens[end:]
        self.out.passive = True

    # Words

    def _word(self, raw: Raw) -> None:
        word = raw.text
        if word.startswith("'"):
            self._clitic(raw)
        elif word in _BOUND_WORDS and self._number_ahead():
            self.link.add("light")
        elif raw.key:  # an acronym
            self._add(raw.key, raw, "word")
        elif not (
            self._negation(raw)
            or self._modal(raw)
            or self._quantity(raw)
            or self._date(raw)
            or self._spelled(raw)
        ):
            if word in ("per", "por") and self._peek().text in ("cent", "cento"):
                self.at += 1
                self._add("u:%", raw, "unit")
            elif word in self.light and word not in lexicon.RELATIONS:
                self._function(word)
            elif word in quantities.UNITS and (word in _ALWAYS_UNITS or self._after_number()):
                self._add(f"u:{quantities.UNITS[word]}", raw, "unit")
            else:
                if word in lexicon.CONJUNCTIONS and word not in lexicon.RELATIONS:
                    self._conjoin()
                self._add(stem(word, self.language), raw, "word")
                if word in lexicon.PREPOSITIONS or word in lexicon.RELATIONS:
                    self.prep = lexicon.PREPOSITIONS.get(word, word)

    def _number_ahead(self) -> bool:
        """Whether what follows is a number, perhaps after `than`, `de` or a currency."""
        ahead = 0
        while ahead < 3 and (
            self._peek(ahead).text in ("than", "de", "do", "que") or self._peek(ahead).text in _CURRENCIES
        ):
            ahead += 1
        following = self._peek(ahead)
        return following.kind == "number" or following.text in quantities.SMALL

    def _clitic(self, raw: Raw) -> None:
        tokens = self.out.tokens
        before = self._before()
        if raw.text == "'ll":
            self._note("future")
        if raw.text in ("'s", "'") and before.kind == "word" and tokens and tokens[-1].start == before.start:
            tokens[-1].possessive = True
            self.link.add("poss")
        elif raw.text in ("'s", "'re", "'m"):
            self._function("is")

    def _function(self, word: str) -> None:
        if word in lexicon.PRONOUNS:
            self.out.genders.add(lexicon.PRONOUNS[word])
        if word in ("by", "por", "pelo", "pela", "pelos", "pelas"):
            self._passive()
        if word == "se" and len(self.out.tokens) == self.chunk_start:
            self._note("condition")
        if word in lexicon.BE:
            self.link.add("be")
            self.out.copula = True
        elif word in _HAVE:
            self.link.add("have")
        elif word in lexicon.RELATIVE and not (
            word == "que" and self._before().text in ("do", "mais", "menos")
        ):
            self._end_chunk()
            self.out.relative.add(self.chunk)
        elif word in lexicon.CONJUNCTIONS:
            if word in ("or", "ou"):
                self._note("or")
            self._conjoin()
            if word in ("or", "ou"):
                self._note("or")
        elif word == "than":
            self.out.comparing = True
            self.link.add("than")
        elif word in lexicon.PREPOSITIONS and not (word in ("no", "a") and self.language == "en"):
            self.prep = lexicon.PREPOSITIONS[word]
            self.link.add("prep")
            if word == "to":
                self.link.add("to")
        elif word in _DETERMINERS:
            self.link.add("det")
            if word in ("a", "an", "um", "uma") and not (word == "a" and self.language == "pt"):
                self.link.add("indefinite")
        else:
            self.link.add("light")
        if word == "que" and self._before().text == "do":
            self.out.comparing = True
            self.link.add("than")

    def _conjoin(self) -> None:
        self._end_chunk()
        self.out.conjoined.add(self.chunk)

    def _passive(self) -> None:
        tokens = self.out.tokens
        verb = len(tokens) - 1
        while verb > self.chunk_start and "be" not in tokens[verb].link:
            verb -= 1
        if verb > self.chunk_start and "be" in tokens[verb].link and len(tokens) - verb <= 2:
            self.agent = (verb, len(tokens))

    def _negation(self, raw: Raw) -> bool:
        word = raw.text
        if word not in lexicon.NEGATIONS or (word == "no" and self.language == "pt"):
            return False
        if word in ("without", "sem"):
            self.prep = "with"
        if self._peek().text in ("only", "so", "apenas", "somente") or (
            word == "no" and self._peek().text in ".,"
        ):
            return True  # "not only … but also"
        # Portuguese says a negation twice ("não … nenhum") and means it once.
        self.negative = not self.negative if self.language == "en" and word != "any" else True
        self.scoped = True
        self.link.add("neg")
        return True

    def _note(self, modality: str) -> None:
        self.out.modality.setdefault(modality, set()).add(self.chunk)

    def _modal(self, raw: Raw) -> bool:
        word = raw.text
        modality = lexicon.MODALITY.get(word)
        following, before = self._peek(), self._before()
        if (
            modality is None
            or (word == "may" and self._is_month(raw))
            or (word == "used" and (following.text != "to" or before.text in lexicon.BE))
            or (word == "segundo" and before.text in ("o", "no", "do", "ao"))
            or (raw.cased and self.cased_tells and self.at > 1 and word not in ("will",))
            or (word in ("claim", "claims", "plan", "plans", "hope") and before.text in _DETERMINERS)
            or (word == "like" and self.language == "en")
        ):
            return False
        self._note(modality)
        self.link.add("light")
        return modality not in _CONTENT_MODALITY

    def _quantity(self, raw: Raw) -> bool:
        word = raw.text
        quantity = _QUANTITIES.get(word)
        if quantity is None or (word == "so" and self.language == "en"):
            return False
        before, following = self._before(), self._peek()
        if word == "most" and (
            before.text in ("the", "'s") or (following.text in ("of",) and before.text == "the")
        ):
            return False  # a superlative
        if word == "few" and before.text == "a":
            quantity = "some"
        if word == "any" and (self.negative or self.scoped):
            return True
        if word in ("some", "uns", "umas") and following.kind == "number":
            return True
        self.quantity = quantity
        self.link.add("det")
        return True

    # Numbers and dates

    def _after_number(self) -> bool:
        tokens = self.out.tokens
        return bool(tokens) and tokens[-1].kind in ("number", "unit") and not self.link

    def _is_month(self, raw: Raw) -> bool:
        month = quantities.MONTHS.get(raw.text)
        if month is None:
            return False
        if raw.text not in quantities.WORD_MONTHS:
            return True
        before, following = self._before(), self._peek()
        near = before.kind == "number" or following.kind == "number" or before.text in _ORDINAL_ENDS
        return (
            near
            or (raw.cased and before.text in _BEFORE_MONTH)
            or (raw.text == "marco" and before.text == "de")
        )

    def _date(self, raw: Raw) -> bool:
        if raw.text in quantities.WEEKDAYS:
            self._add(f"w:{quantities.WEEKDAYS[raw.text]}", raw, "date")
            return True
        if raw.text in _PT_WEEKDAYS and self._peek().text == "-" and self._peek(1).text == "feira":
            self._add(f"w:{_PT_WEEKDAYS[raw.text]}", raw, "date")
            self.at += 2
            return True
        if not self._is_month(raw):
            return False
        tokens = self.out.tokens
        month = f"m:{quantities.MONTHS[raw.text]}"
        day = tokens[-1] if tokens and tokens[-1].kind in ("number", "ordinal") else None
        if day and day.chunk == self.chunk and self.link <= {"prep", "det"} and _is_day(day.key):
            day.key, day.kind = f"d:{day.key.strip('#o:')}", "date"
            self._add(month, raw, "date")
        else:
            following = self._peek()
            if following.kind == "number" and len(following.text) <= 2 and _is_day(following.key):
                self._add(f"d:{int(following.text)}", following, "date")
                self.at += 1
                if self._peek().text in _ORDINAL_ENDS:
                    self.at += 1
            self._add(month, raw, "date")
        if self._peek().text in (",", "de", "of") and self._is_year(self._peek(1)):
            self.at += 1
        if self._is_year(self._peek()):
            year = self._peek()
            self.at += 1
            self._add(year.key, year, "date")
        return True

    def _is_year(self, raw: Raw) -> bool:
        return raw.kind == "number" and raw.text.isdigit() and len(raw.text) == 4

    def _number(self, raw: Raw) -> None:
        following = self._peek()
        if following.text in _ORDINAL_ENDS and following.start == raw.start + len(raw.text):
            self.at += 1
            self._add(f"o:{raw.key[1:]}", raw, "ordinal")
            return
        value = float(raw.key[1:]) if raw.key.startswith("#") and raw.key != "#?" else None
        if value is None:
            self._add(raw.key or raw.text, raw, "number")
            return
        if self._is_year(raw) and self.prep in ("at", "from", "to") and 1000 <= value <= 2100:
            self._add(raw.key, raw, "date")
            return
        self._amount(raw, value)

    def _amount(self, raw: Raw, value: float) -> None:
        """A number with the scales that follow it, its bound before it and its currency after it."""
        while (scale := quantities.SCALES.get(self._peek().text)) and not (
            len(self._peek().text) <= 2
            and self._peek().start != self.raw[self.at - 1].start + len(self.raw[self.at - 1].text)
        ):
            if self._peek().text == "m" and not self.currency:
                break
            value *= scale
            self.at += 1
            if self._peek().text == "de":
                self.at += 1
        bound = _BOUND.search(self.plain[max(0, raw.start - 40) : raw.start])
        token = self._add(quantities.number_key(value), raw, "number")
        token.bound = (bound.lastgroup or "") if bound else ""
        if self.currency:
            self._add(f"u:{self.currency}", raw, "unit")
            self.currency = ""

    def _spelled(self, raw: Raw) -> bool:
        """A number or an ordinal in words."""
        word, following, before = raw.text, self._peek(), self._before()
        ordinal = quantities.ORDINALS.get(word)
        if ordinal and not (word == "second" and before.kind == "number") and word not in _PT_WEEKDAYS:
            self._add(f"o:{ordinal}", raw, "ordinal")
            return True
        if word in ("both", "ambos", "ambas"):
            if any(self._peek(ahead).text in ("and", "e") for ahead in range(4)):
                self._function("also")
            else:
                self._add("#2", raw, "number")
            return True
        if word == "one" and (
            following.text in ("of", "another", "'s") or before.text in ("no", "the", "this", "any")
        ):
            self._function("it")
            return True
        hundred = word in ("hundred", "thousand", "million", "billion", "mil") and before.kind != "number"
        if word not in quantities.SMALL and not hundred:
            return False
        value = quantities.SMALL.get(word, 0.0) or (
            0.0 if word == "zero" else quantities.SCALES.get(word, 0.0)
        )
        total = 0.0
        while True:
            text = self._peek().text
            step = 1 if text in ("-", "and", "e") else 0
            part = self._peek(step).text
            if part == "half" and text == "and":
                break
            if (
                part in quantities.SMALL
                and value
                and quantities.SMALL[part] < (100 if value % 100 == 0 else 10)
                and value >= 20
            ):
                value += quantities.SMALL[part]
            elif not step and part in ("hundred", "thousand", "mil") and part not in ("million",):
                value *= quantities.SCALES[part]
            else:
                break
            self.at += step + 1
        self._amount(raw, total + value)
        return True

    def _add(self, key: str, raw: Raw, kind: str) -> Token:
        first = not self.out.tokens and self.at <= 2
        token = Token(
            key,
            raw.text,
            kind,
            raw.start,
            chunk=self.chunk,
            name=raw.cased and self.cased_tells and (not first or self._peek().cased) and kind == "word",
            prep=self.prep,
            link=frozenset(self.link),
            negated=self.negative,
            scoped=self.scoped,
            quantity=self.quantity,
        )
        self.out.tokens.append(token)
        self.negative = False
        self.quantity = ""
        self._clear()
        return token


def _is_day(key: str) -> bool:
    number = key.strip("#o:")
    return number.isdigit() and 1 <= int(number) <= 31
