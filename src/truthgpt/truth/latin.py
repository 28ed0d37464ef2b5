"""Reads one English or Portuguese sentence: content tokens, each with the mark of the function words around it."""

from __future__ import annotations

from truthgpt.truth import lexicon, quantities
from truthgpt.truth.latin_numbers import CURRENCIES, Numbers
from truthgpt.truth.lexing import Language, Raw, stem
from truthgpt.truth.tokens import Reading

_BREAKS = frozenset(",;:()[]–—|/")
_DETERMINERS = lexicon.words(
    "the a an this that these those its his her their our my your o os as um uma uns umas seu sua seus suas"
)
_HAVE = lexicon.words("have has had having do does did tem tinha tinham ter tendo ha havia houve teve")
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
_CONTENT_MODALITY = frozenset({"said", "belief", "intent"})
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


def read(folded: str, language: Language) -> Reading:
    """The reading of one folded sentence."""
    return _Reader(folded, language).run()


_PAST_BE = lexicon.words("was were foi foram era eram")


class _Reader(Numbers):
    def run(self) -> Reading:
        while self.at < len(self.raw):
            raw = self.raw[self.at]
            self.at += 1
            if raw.kind == "mark":
                self._mark(raw)
            elif raw.kind == "number":
                self.number(raw)
            elif raw.kind in ("date", "time", "unit", "link"):
                self.add(raw.key, raw, raw.kind)
            elif raw.kind == "han":
                self.add(raw.key, raw, "han")
            else:
                self._word(raw)
        self._end_chunk()
        self.out.open_negation = self.out.open_negation or self.negative
        self.out.anaphoric = any(
            raw.text in lexicon.ANAPHORS for raw in [raw for raw in self.raw if raw.kind == "word"][:3]
        )
        return self.out

    # Marks and clauses

    def _mark(self, raw: Raw) -> None:
        if raw.text == "%":
            self.add("u:%", raw, "unit")
        elif raw.text in CURRENCIES:
            symbol = "R$" if raw.text == "r$" else raw.text
            if self.peek().kind == "number":
                self.currency = symbol
            else:
                self.add(f"u:{symbol}", raw, "unit")
        elif raw.text in ("°c", "°f"):
            self.add(f"u:{raw.text}", raw, "unit")
        elif raw.text in _BREAKS:
            self._end_chunk()

    def _end_chunk(self) -> None:
        self._make_active()
        self.chunk += 1
        self.chunk_start = len(self.out.tokens)
        self.scoped = False
        self.clear()

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
        elif word in _BOUND_WORDS and self.number_ahead():
            self.link.add("light")
        elif raw.key:  # an acronym
            self.add(raw.key, raw, "word")
        elif not (
            self._negation(raw)
            or self._modal(raw)
            or self._quantity(raw)
            or self.date(raw)
            or self.spelled(raw)
        ):
            if word in ("per", "por") and self.peek().text in ("cent", "cento"):
                self.at += 1
                self.add("u:%", raw, "unit")
            elif word in self.light and word not in lexicon.RELATIONS:
                self._function(word)
            elif word in quantities.UNITS and (word in _ALWAYS_UNITS or self.after_number()):
                self.add(f"u:{quantities.UNITS[word]}", raw, "unit")
            else:
                if word in lexicon.CONJUNCTIONS and word not in lexicon.RELATIONS:
                    self._conjoin()
                self.add(stem(word, self.language), raw, "word")
                if word in lexicon.PREPOSITIONS or word in lexicon.RELATIONS:
                    self.prep = lexicon.PREPOSITIONS.get(word, word)

    def _clitic(self, raw: Raw) -> None:
        tokens = self.out.tokens
        before = self.before()
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
        if word in ("era", "eram") and self.language == "pt":
            self._note("past")  # the imperfect says that it was so, not that it is
        if word in lexicon.BE:
            self.link.add("be")
            if word in _PAST_BE:
                self.link.add("was")
            self.out.copula = True
        elif word in _HAVE and not (word == "do" and self.language == "pt"):
            self.link.add("have")
        elif word in lexicon.RELATIVE and not (
            word == "que" and self.before().text in ("do", "mais", "menos")
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
        elif word == "do" and self.peek().text == "que":
            self.link.add("light")
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
        if word == "que" and self.before().text == "do":
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
        if word == "anything" and self.peek().text == "but":
            self.at += 1
            word = "not"
        if word not in lexicon.NEGATIONS or (word == "no" and self.language == "pt"):
            return False
        if word in ("without", "sem"):
            self.prep = "with"
        following = self.peek().text
        if following in ("only", "so", "apenas", "somente"):
            return True  # "not only … but also"
        if word == "no" and following in ("", ".", ",", "!"):
            self.out.open_negation = self.out.open_negation or bool(self.out.tokens)  # "…, lol no."
            return True
        if word == "no" and following == "longer":
            self.at += 1
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
        following, before = self.peek(), self.before()
        if (
            modality is None
            or (word == "may" and self._is_month(raw))
            or (word == "used" and (following.text != "to" or before.text in lexicon.BE))
            or (word == "segundo" and before.text in ("o", "no", "do", "ao"))
            or (raw.cased and self.cased_tells and self.at > 1 and word not in ("will",))
            or (word in ("claim", "claims", "plan", "plans", "hope") and before.text in _DETERMINERS)
            or (word == "caso" and (self.link or self.quantity or len(self.out.tokens) > self.chunk_start))
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
        before, following = self.before(), self.peek()
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
