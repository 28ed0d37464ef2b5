"""Reads one Chinese sentence: characters are the content tokens; words of the closed classes leave their mark."""

from __future__ import annotations

import regex

from truthgpt.truth import lexicon, quantities, vocabulary
from truthgpt.truth.lexing import Raw, lex
from truthgpt.truth.tokens import Reading, Token

_BREAKS = frozenset(",;:()[]–—|/、，；：")
_MEASURES = frozenset("个名位家条座辆部间项")
_UNITS = tuple(
    sorted(
        (name for name in quantities.UNITS if name and "\u4e00" <= name[0] <= "\u9fff"), key=len, reverse=True
    )
)
_COUNTED = frozenset("年月日天个名人元条次岁米克吨号位家辆座部种场届项层间倍分秒时点周") | {
    unit[0] for unit in _UNITS
}
_NUMERAL = regex.compile("[零〇一二两三四五六七八九十百千万亿点]+")
_NOT_NUMBERS = ("一些", "一样", "一直", "一起", "一定", "一般", "一致", "一旦", "一切", "一边", "一方", "十分", "万一", "千万",
                "一下", "一点", "统一", "唯一", "第一", "一共", "一种", "一个", "百姓", "万物")  # fmt: skip
_CONTENT_MODALITY = frozenset({"said", "belief", "intent"})
_QUESTION = regex.compile(r"(?:吗|么)\W*$|^(?:是否|谁|为什么|怎么|哪)")
_BOUNDS = {
    "about": ("约", "大约", "近", "将近", "接近", "左右"),
    "above": ("超过", "至少", "不少于", "逾", "多达"),
    "below": ("不到", "不足", "至多", "最多", "低于"),
}
_BOUND_WORDS = {word: bound for bound, words in _BOUNDS.items() for word in words}


def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for word in lexicon.LIGHT_ZH:
        table[word] = ("light", word)
    for word in lexicon.NEGATIONS_ZH:
        table[word] = ("neg", word)
    for word in lexicon.UNIVERSAL_ZH:
        table[word] = ("quantity", "only" if word in ("只有", "唯一", "仅", "只") else "all")
    for word in lexicon.PARTIAL_ZH:
        table[word] = ("quantity", "many" if word in lexicon.MANY else "few" if word == "少数" else "some")
    for word, modality in lexicon.MODALITY_ZH.items():
        table[word.replace("，", "").replace("：", "")] = ("modality", modality)
    for word, bound in _BOUND_WORDS.items():
        table[word] = ("bound", bound)
    for word in (*lexicon.PLAIN_ZH, *(word for word in _NOT_NUMBERS if word not in table)):
        table[word] = ("keep", word)
    table["一个"] = ("light", "一个")
    return table


_TABLE = _table()
_SPECIAL = regex.compile("|".join(sorted(map(regex.escape, _TABLE), key=len, reverse=True)))
_UNBOUNDED = regex.compile(
    "|".join(
        sorted((regex.escape(word) for word in _TABLE if _TABLE[word][0] != "bound"), key=len, reverse=True)
    )
)
_SYNONYM = regex.compile("|".join(sorted(map(regex.escape, vocabulary.SYNONYMS_ZH), key=len, reverse=True)))


def asks(folded: str) -> bool:
    """Whether a Chinese sentence is a question, with or without its mark."""
    return bool(_QUESTION.search(folded))


def read(folded: str) -> Reading:
    """The reading of one folded sentence."""
    return _Reader(_SYNONYM.sub(lambda match: vocabulary.SYNONYMS_ZH[match[0]], folded)).run()


class _Reader:
    def __init__(self, text: str) -> None:
        self.raw = lex(text, "zh")
        self.out = Reading()
        self.chunk = 0
        self.negative = self.scoped = False
        self.quantity = self.bound = self.prep = ""
        self.link: set[str] = set()

    def run(self) -> Reading:
        at = 0
        while at < len(self.raw):
            raw = self.raw[at]
            if raw.kind == "han":
                end = at
                while end < len(self.raw) and self.raw[end].kind == "han":
                    end += 1
                self._run(self.raw[at:end])
                at = end
                continue
            if raw.kind == "mark":
                if raw.text in _BREAKS:
                    self.chunk += 1
                    self.scoped = False
                    self.link.clear()
                elif raw.text in ("%", "$", "€", "£", "¥"):
                    self._add(f"u:{raw.text}", raw, "unit")
            elif raw.kind == "word":
                self._add(raw.key or raw.text, raw, "word", name=True)
            else:
                self._add(raw.key or raw.text, raw, raw.kind)
            at += 1
        if self.quantity and self.out.tokens:  # a predicate: "机会很多"
            self._add(self.quantity, self.raw[-1], "han")
        self.out.open_negation = self.negative
        head = "".join(raw.text for raw in self.raw[:4])
        self.out.anaphoric = any(word in head for word in lexicon.ANAPHORS_ZH)
        return self.out

    def _run(self, chars: list[Raw]) -> None:
        text = "".join(raw.text for raw in chars)
        at = 0
        while at < len(text):
            step = self._quantified(chars, text, at)
            if step == 0 and (match := _SPECIAL.match(text, at)):
                if _TABLE[match[0]][0] == "bound" and not self._number_after(chars, text, at + len(match[0])):
                    match = _UNBOUNDED.match(text, at)
            else:
                match = None
            if text[at] in "我你您咱":
                self.out.genders.add(lexicon.PRONOUNS[text[at]])
            if match:
                step = self._special(chars, match[0], at)
            if step == 0:
                self._add(text[at], chars[at], "han")
                step = 1
            at += step

    def _number_after(self, chars: list[Raw], text: str, at: int) -> bool:
        if at < len(text):
            return text[at] in quantities.ZH_NUMERALS or text[at - 2 : at] == "左右"
        following = self.raw.index(chars[-1]) + 1
        return following < len(self.raw) and self.raw[following].kind == "number"

    def _special(self, chars: list[Raw], word: str, at: int) -> int:
        """A word of a closed class at `at`; returns its length, or 0 to read its first character as content."""
        group, value = _TABLE[word]
        if group == "keep":
            for offset, char in enumerate(word):
                self._add(char, chars[at + offset], "han")
        elif group == "neg":
            self.negative = not self.negative
            self.scoped = True
            self.link.add("neg")
        elif group == "quantity":
            self.quantity = value
        elif group == "bound":
            self.bound = value
            if word == "左右" and self.out.tokens:
                for token in self.out.tokens[-2:]:
                    token.bound = "about" if token.kind == "number" else ""
                self.bound = ""
        elif group == "modality":
            self.out.modality.setdefault(value, set()).add(self.chunk)
            if value in _CONTENT_MODALITY:
                for offset, char in enumerate(word):
                    self._add(char, chars[at + offset], "han")
        else:
            self._light(word)
        return len(word)

    def _light(self, word: str) -> None:
        tokens = self.out.tokens
        if word in lexicon.PRONOUNS:
            self.out.genders.add(lexicon.PRONOUNS[word])
        if word == "的" and tokens:
            tokens[-1].possessive = True
        if word == "被":
            self.out.passive = True
        if word == "是":
            self.out.copula = True
        if word == "比":
            self.out.comparing = True
        if word in ("在", "于"):
            self.prep = "at"
        self.link.add({"和": "conj", "与": "conj", "及": "conj", "的": "poss", "是": "be"}.get(word, "light"))

    def _quantified(self, chars: list[Raw], text: str, at: int) -> int:
        """A numeral, a unit after a number, a weekday or a month at `at`; returns its length, else 0."""
        char = text[at]
        tokens = self.out.tokens
        after_number = bool(tokens) and tokens[-1].kind == "number" and not self.link
        if after_number:
            for unit in _UNITS:
                if text.startswith(unit, at):
                    self._add(f"u:{quantities.UNITS[unit]}", chars[at], "unit")
                    return len(unit)
            if char in _MEASURES:
                return 1
            if char in ("万", "亿", "千", "百") and tokens[-1].key.startswith("#"):
                scaled = float(tokens[-1].key[1:]) * {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}[char]
                tokens[-1].key = quantities.number_key(scaled)
                return 1
        if text.startswith("星期", at) and at + 2 < len(text) and text[at + 2] in "一二三四五六日":
            self._add(f"w:{'一二三四五六日'.index(text[at + 2]) + 1}", chars[at], "date")
            return 3
        if (
            char == "第"
            and (match := _NUMERAL.match(text, at + 1))
            and (order := quantities.parse_chinese(match[0]))
        ):
            self._add(f"o:{order:.12g}", chars[at], "ordinal")
            return 1 + len(match[0])
        match = _NUMERAL.match(text, at)
        if not match or any(text.startswith(word, at) for word in _NOT_NUMBERS):
            return 0
        numeral = match[0].rstrip("点") or "点"
        value = quantities.parse_chinese(numeral)
        after = text[at + len(numeral) : at + len(numeral) + 1]
        if value is None or not (len(numeral) > 1 or after in _COUNTED) or (not after and len(numeral) == 1):
            return 0
        if after == "月" and 1 <= value <= 12:
            self._add(f"m:{int(value)}", chars[at], "date")
            return len(numeral) + 1
        self._add(quantities.number_key(value), chars[at], "number")
        return len(numeral)

    def _add(self, key: str, raw: Raw, kind: str, *, name: bool = False) -> None:
        number = kind == "number"
        self.out.tokens.append(
            Token(
                key,
                raw.text,
                kind,
                raw.start,
                chunk=self.chunk,
                name=name,
                prep=self.prep,
                link=frozenset(self.link),
                negated=self.negative,
                scoped=self.scoped,
                quantity=self.quantity,
                bound=self.bound if number else "",
            )
        )
        self.negative = False
        self.quantity = self.prep = ""
        if number:
            self.bound = ""
        self.link.clear()
