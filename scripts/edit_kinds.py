"""What may be changed in a sentence so that it no longer follows from its post, or still does: the kinds of edits.

What follows from the post is `supported`: its contractions spelled out, its opening phrase moved to the end, "some" for "all". What
does not is an edit of a number, a date, a name, a negation, a quantifier, a modality, a thing for another of its kind, the
roles of two names, or a detail that the post lacks. English, and a few kinds for Portuguese and Chinese.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from claim_sets import Label

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|can|could|will|would|should)\b(?! not\b)(?=\s+\w)"
    r"|\b(?:has|have|had)\b(?=\s+(?:\w+ed|been|gone|made|seen|done|taken|had)\b)"
)
_PLAIN_VERB = re.compile(
    r"(?:(?<=\bI )|(?<=\b[Ww]e )|(?<=\b[Tt]hey )|(?<=\b[Yy]ou ))"
    r"(?:know|think|want|like|need|have|see|use|get|love|feel|believe|play|work|live|plan|own|agree)\b"
)
_NEGATED = re.compile(
    r"\b(is|are|was|were|has|have|had|could|would|should|does|did|do)(?:n't|n’t| not)\b|\bcan(?:'t|not)\b|\bwon't\b|\bnever\b"
)
_NUMBER = re.compile(r"(?<![\w.,:/@\[$£€#-])\d[\d,]*(?:\.\d+)?(?![\w:/\]])")
_WORD_NUMBERS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
]
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
NAME = re.compile(r"(?<=[a-z,;] )(?!I\b)[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*(?= [a-z]|[.,;!?]|$)")
_DETAILS = (
    "in secret", "last summer", "for the third time", "at a cost of two million dollars", "after a long court case", "with the help of a neighbour",
    "according to a leaked report", "in front of thousands of people", "on live television", "without telling anyone", "in the north of the country",
    "just before midnight", "against the advice of doctors", "for a small fee", "by mistake", "during the war", "with government money", "on purpose",
    "to please their sponsors", "while on holiday in Spain", "in exchange for votes", "because of the new law", "for religious reasons", "in under an hour",
)  # fmt: skip
_DETAILS_PT = (
    "em segredo", "no verão passado", "pela terceira vez", "segundo um relatório vazado", "por engano", "sem avisar ninguém", "com dinheiro público",
    "durante a guerra", "pouco antes da meia-noite", "por motivos religiosos", "no norte do país", "em troca de votos",
)  # fmt: skip
_KINDRED = """
bridge tunnel road railway canal
school hospital library church museum station airport
dog cat horse cow rabbit
doctor nurse teacher lawyer engineer farmer
red blue green yellow black white
north south east west
mother father sister brother uncle aunt
car bus bike train truck plane boat
apple orange banana pear lemon
tea coffee milk juice beer wine
gold silver copper iron
river lake sea mountain forest desert
book film song game painting album
shirt jacket shoes hat dress
king queen prince president minister mayor
summer winter spring autumn
football basketball tennis hockey baseball golf
police army navy firefighters
knife gun sword bomb
gas oil coal water electricity
phone laptop tablet camera television
rice bread meat fish cheese
kitchen bathroom bedroom garage garden
hand foot head knee shoulder eye
wife husband daughter son girlfriend boyfriend
bank factory shop restaurant hotel office
tax fine fee loan debt
minutes hours days weeks months years
guitar piano drums violin
chicken beef pork lamb
chair table bed sofa desk
rain snow wind fog
monday tuesday thursday sunday
biology chemistry physics history economics
nose ear mouth tooth
wood steel glass plastic stone
"""
_OF_KIND = {
    word: [other for other in group.split() if other != word]
    for group in _KINDRED.strip().split("\n")
    for word in group.split()
}
_CONTRACTED = (
    ("n't", " not"), ("'re ", " are "), ("'ve ", " have "), ("'ll ", " will "), ("I'm ", "I am "),
)  # fmt: skip

Edit = Callable[[str, random.Random], str | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """An edit: its name, what the edited sentence then is to its post, and how it is made (None where it cannot)."""

    name: str
    label: Label
    edit: Edit


def once(
    pattern: re.Pattern[str], sentence: str, dice: random.Random, new: Callable[[str], str | None]
) -> str | None:
    found = list(pattern.finditer(sentence))
    if not found:
        return None
    at = dice.choice(found)
    put = new(at[0])
    return None if put is None or put == at[0] else sentence[: at.start()] + put + sentence[at.end() :]


def number(sentence: str, dice: random.Random) -> str | None:
    """Another number in the place of one."""

    def other(old: str) -> str | None:
        bare = old.replace(",", "")
        if not bare or len(bare) > 12:
            return None
        if "." in bare:
            return f"{float(bare) * dice.choice((0.5, 1.2, 2, 3)):.{len(bare.split('.')[1])}f}"
        value = int(bare)
        if _YEAR.fullmatch(bare):
            return str(value + dice.choice((-12, -5, -2, -1, 1, 2, 3, 7)))
        new = (
            max(0, value + dice.choice((1, 2, 3, 5, -1, -2)))
            if value < 30
            else int(value * dice.choice((0.5, 0.7, 1.3, 2, 3, 10)))
        )
        return f"{new:,}" if "," in old else str(new)

    return once(_NUMBER, sentence, dice, other) or once(
        re.compile(rf"\b(?:{'|'.join(_WORD_NUMBERS)})\b"), sentence, dice,
        lambda old: dice.choice([word for word in _WORD_NUMBERS if word != old]),
    )  # fmt: skip


def date(sentence: str, dice: random.Random) -> str | None:
    """Another month, weekday or relative day."""
    for names in (MONTHS, DAYS, ["yesterday", "today", "tomorrow"], ["morning", "afternoon", "evening"]):
        pattern = re.compile(rf"\b(?:{'|'.join(name for name in names if name != 'May')})\b")
        made = once(
            pattern, sentence, dice, lambda old, names=names: dice.choice([n for n in names if n != old])
        )  # type: ignore[misc]
        if made:
            return made
    return None


def _affirmed(negated: str) -> str:
    """ "isn't" → "is", "cannot" → "can", "never" → "always"."""
    whole = {"won't": "will", "never": "always", "can't": "can", "cannot": "can"}
    return whole.get(negated) or re.split(r"n't|n’t| not", negated)[0]


def negation(sentence: str, dice: random.Random) -> str | None:
    """A "not" put in, or taken out."""
    if _NEGATED.search(sentence):
        return once(_NEGATED, sentence, dice, _affirmed)
    if re.search(r"\b(?:no|nobody|nothing|none|hardly|nor)\b", sentence, re.I):
        return None
    made = once(_AUXILIARY, sentence, dice, lambda old: f"{old} not") or once(
        _PLAIN_VERB, sentence, dice, lambda old: f"don't {old}"
    )
    return (
        made
        if dice.random() < 0.5 or made is None
        else re.sub(
            r"\b(is|are|was|were|has|have|had|could|would|should|does|did|do) not\b", r"\1n't", made, count=1
        )
    )


def quantifier(sentence: str, dice: random.Random) -> str | None:
    """More than the post says: "all" for "some", "always" for "sometimes"."""
    stronger = {
        "some": "all", "many": "all", "most": "all", "several": "all", "often": "always", "sometimes": "always",
        "usually": "always", "probably": "certainly", "almost": "more than", "at least one": "every",
    }  # fmt: skip
    return once(re.compile(rf"\b(?:{'|'.join(stronger)})\b"), sentence, dice, lambda old: stronger[old])


def weaker(sentence: str, dice: random.Random) -> str | None:
    """Less than the post says, which follows from it."""
    less = {"all of": "some of", "always": "sometimes", "definitely": "probably", "every day": "on some days"}
    return once(re.compile(rf"\b(?:{'|'.join(less)})\b"), sentence, dice, lambda old: less[old])


def modality(sentence: str, dice: random.Random) -> str | None:
    """What may be is said to be so."""
    sure = {
        "may be": "is", "might be": "is", "could be": "is", "should be": "is", "may have": "has", "might have": "has", "could have": "has",
        "wants to": "will", "want to": "will", "plans to": "will", "plan to": "will", "hopes to": "will", "would": "will", "can": "always",
        "tried to": "managed to", "I think": "it is certain that", "seems to be": "is",
    }  # fmt: skip
    return once(re.compile(rf"\b(?:{'|'.join(sure)})\b"), sentence, dice, lambda old: sure[old])


def roles(sentence: str, dice: random.Random) -> str | None:
    """Two names change places, where a verb or a relation stands between them."""
    found = list(NAME.finditer(sentence))
    opening = re.match(
        r"[A-Z][a-z]{2,}(?= (?:is|was|has|had|will|beat|won|said|took|made|told|asked|gave)\b)", sentence
    )
    if opening is not None:
        found.insert(0, opening)
    if len(found) < 2 or found[0][0] == found[1][0]:
        return None
    first, second = found[0], found[1]
    between = sentence[first.end() : second.start()]
    if not re.search(
        r"\b(?:than|to|by|over|from|beat|won|told|asked|gave|hates?|loves?|attacked|bought|sued|against|before|after)\b",
        between,
    ):
        return None
    return sentence[: first.start()] + second[0] + between + first[0] + sentence[second.end() :]


def kindred(sentence: str, dice: random.Random) -> str | None:
    """Another thing of the same kind: "the tunnel" for "the bridge"."""
    pattern = re.compile(rf"(?<![-\w])(?:{'|'.join(_OF_KIND)})(?![-\w])")
    return once(pattern, sentence, dice, lambda old: dice.choice(_OF_KIND[old]))


def detail(sentence: str, dice: random.Random) -> str | None:
    """Something added that the post does not say."""
    end = re.search(r"[.!?…]*$", sentence)
    at = end.start() if end else len(sentence)
    return f"{sentence[:at]} {dice.choice(_DETAILS)}{sentence[at:]}"


def spelled(sentence: str, dice: random.Random) -> str | None:
    """Contractions spelled out, or made."""
    for short, long in _CONTRACTED:
        if short in sentence and "can't" not in sentence and "won't" not in sentence:
            return sentence.replace(short, long, 1)
    return None


def moved(sentence: str, dice: random.Random) -> str | None:
    """The opening phrase of time or place moved to the end."""
    found = re.fullmatch(
        r"((?:In|On|At|After|Before|During|Last|Since|For) [^,.]{3,40}), ([^.!?]{15,})([.!?]?)", sentence
    )
    if found is None:
        return None
    opening, rest, stop = found.groups()
    return f"{rest[0].upper()}{rest[1:]} {opening[0].lower()}{opening[1:]}{stop}"


def part_of(sentence: str, dice: random.Random) -> str | None:
    """The first of two statements that ", and" or ", but" joins."""
    found = re.search(r",? (?:and|but) (?:it|he|she|they|we|I|the|this|that) ", sentence)
    if (
        found is None
        or found.start() < 25
        or re.search(r"\b(?:if|or|either|neither|not only|when|unless|than|said|says|think)\b", sentence)
    ):
        return None
    return sentence[: found.start()].rstrip(",;") + "."


def same(sentence: str, dice: random.Random) -> str | None:
    return sentence


ENGLISH = (
    Kind("number", "refuted", number), Kind("date", "refuted", date), Kind("negation", "refuted", negation),
    Kind("kindred", "not supported", kindred),
    Kind("quantifier", "neither", quantifier), Kind("modality", "neither", modality), Kind("roles", "not supported", roles),
    Kind("detail", "neither", detail), Kind("spelled", "supported", spelled), Kind("moved", "supported", moved),
    Kind("part", "supported", part_of), Kind("weaker", "supported", weaker),
)  # fmt: skip


def negation_pt(sentence: str, dice: random.Random) -> str | None:
    if " não " in sentence:
        return sentence.replace(" não ", " ", 1)
    return once(
        re.compile(r"(?<= )(?:é|foi|são|está|tem|teve|vai|pode|será|foram|estava|disse|fez)(?= )"),
        sentence,
        dice,
        lambda old: f"não {old}",
    )


def detail_pt(sentence: str, dice: random.Random) -> str | None:
    return f"{sentence.rstrip('.!? ')} {dice.choice(_DETAILS_PT)}."


def negation_zh(sentence: str, dice: random.Random) -> str | None:
    if "没有" in sentence or "不是" in sentence:
        return sentence.replace("没有", "有", 1).replace("不是", "是", 1)
    return once(re.compile("是|会|能|可以|需要|愿意"), sentence, dice, lambda old: f"不{old}")


def detail_zh(sentence: str, dice: random.Random) -> str | None:
    extra = (
        "在去年夏天",
        "秘密地",
        "据一份泄露的报告",
        "因为宗教原因",
        "在战争期间",
        "花了两百万元",
        "第三次",
    )
    return f"{sentence.rstrip('。！？')}，而且是{dice.choice(extra)}。"


OTHERS = {
    "assin_pt": (Kind("number", "refuted", number), Kind("negation", "refuted", negation_pt), Kind("detail", "neither", detail_pt)),
    "ocnli": (Kind("number", "refuted", number), Kind("negation", "refuted", negation_zh), Kind("detail", "neither", detail_zh)),
}  # fmt: skip
