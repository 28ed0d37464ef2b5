"""Where the finite verbs of an English or Portuguese clause stand, and what may be its subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.words import Word, Words
from truthgpt.truth.lexicon import words

Latin = Literal["en", "pt"]

DETERMINERS = {
    "en": words(
        "the a an this that these those its his her their our my your some many most several all each every no two three"
        " four five six seven eight nine ten eleven twelve twenty thirty fifty hundreds thousands both another other any more few half"
    ),
    "pt": words(
        "o a os as um uma uns umas este esta estes estas esse essa esses essas aquele aquela seu sua seus suas nosso nossa"
        " meu minha meus minhas todos todas muitos muitas varios varias alguns algumas dois duas tres quatro cinco seis"
        " sete oito nove dez cada nenhum nenhuma ambos outro outra mais metade"
    ),
}
ARTICLES = {
    "en": words("the a an this that these those its his her their our my your every each no"),
    "pt": words(
        "o a os as um uma uns umas este esta estes estas esse essa esses essas seu sua seus suas nosso nossa meu minha meus"
        " minhas ao aos do da dos das no na nos nas pelo pela pelos pelas num numa deste desta neste nesta cada"
    ),
}
PREPOSITIONS = {
    "en": words(
        "of in on at by for with from to into onto over under about after before since until against between during near"
        " without within through across as than behind beside above below among along around off up down out per via"
        " despite like towards inside outside because while when where although though if"
    ),
    "pt": words(
        "de do da dos das em no na nos nas para pra por pelo pela pelos pelas com sem sobre entre ate desde contra apos ao"
        " aos num numa neste nesta nesse nessa deste desta como durante perto longe porque enquanto quando onde embora"
    ),
}
SUBJECTS = {
    "en": words("i he she it we they you who this that these there"),
    "pt": words("eu ele ela nos eles elas voce voces isso isto"),
}
OBJECTS = {"en": words("him her them me us it you"), "pt": words("lhe lhes mim")}
RELATIVES = {"en": words("who which that whom whose"), "pt": words("que quem cujo cuja")}
CONJUNCTIONS = {"en": words("and or but nor"), "pt": words("e ou mas nem")}
NEGATIONS = {
    "en": words("not n't never no nobody none nothing neither nor hardly barely scarcely without cannot"),
    "pt": words("nao nunca jamais ninguem nenhum nenhuma nada nem sem tampouco"),
}
ADVERBS = {
    "en": words(
        "then also later now soon still just already even finally eventually quickly once again not n't never often"
        " always sometimes usually rarely probably allegedly reportedly currently recently immediately therefore only"
    ),
    "pt": words(
        "depois tambem logo agora ja ainda nao nunca sempre finalmente entao hoje ontem apenas so se lhe lhes me nos"
    ),
}
_TIMES = words(
    "january february march april may june july august september october november december monday tuesday wednesday thursday"
    " friday saturday sunday noon midnight"
)
_PLURALS = words("people children men women police staff fans workers crews others we they you i")


def form(item: Word, language: Latin) -> str:
    return english.form(item.key) if language == "en" else portuguese.form(item.key)


def verbs(sentence: Sequence[Word], language: Latin) -> list[int]:
    """The positions of the first word of each finite verb, in order; words in quotations and brackets are no verbs.

    Where there seems to be none, a word like "works" before a preposition is taken for one.
    """
    return _verbs(sentence, language, lenient=False) or _verbs(sentence, language, lenient=True)


def _verbs(sentence: Sequence[Word], language: Latin, *, lenient: bool) -> list[int]:
    found: list[int] = []
    group = -2  # the last word of the verb that is being read
    for index, item in enumerate(sentence):
        if item.sheltered or item.mark:
            continue
        kind = form(item, language)
        if group == index - 1 and (item.key in ADVERBS[language] or item.key.endswith("ly")):
            group = index
            continue
        if not kind:
            if (
                language == "pt"
                and group == index - 1
                and item.key.endswith(("ado", "ido", "ndo", "ar", "er", "ir"))
            ):
                group = index
            continue
        if group == index - 1 and _continues(item, sentence, found[-1], language):
            group = index
            continue
        if _is_finite(kind, sentence, index, language, lenient=lenient):
            found.append(index)
            group = index
    return found


def _continues(item: Word, sentence: Sequence[Word], head: int, language: Latin) -> bool:
    """Whether a verb form right after a verb belongs to it ("was arrested", "vai fechar")."""
    if language == "pt":
        return form(sentence[head], "pt") == "aux" or item.key in ("sido", "estado")
    return english.form(sentence[head].key) == "aux"


def _is_finite(kind: str, sentence: Sequence[Word], index: int, language: Latin, *, lenient: bool) -> bool:
    item = sentence[index]
    before = _before(sentence, index, language)
    if item.cased and index and kind == "aux":
        return False  # "May", "Will"
    if before is None:
        named = item.cased and index + 1 < len(sentence) and sentence[index + 1].cased
        return kind in ("aux", "past") and (index > 0 or (language == "pt" and not named))
    if kind == "aux":
        if item.key == "'s":
            return before.key in SUBJECTS["en"] | words("what here where how")
        if item.key == "can" or item.key == "will" or item.key == "might":
            return before.key not in ARTICLES[language]
        return before.key not in ARTICLES[language] or before.key in SUBJECTS[language] or before.cased
    if item.cased and index and before.cased:
        return False  # inside a name
    if before.key in ARTICLES[language] and before.key not in ("that", "this", "que"):
        return False
    if before.key in PREPOSITIONS[language] or before.key == "to":
        return False
    if language == "pt":
        return True
    following = sentence[index + 1] if index + 1 < len(sentence) else None
    if kind == "participle":
        if before.key in DETERMINERS["en"] - SUBJECTS["en"] and not _opens(following):
            return False  # "one exhausted day"
        return not _has_agent(sentence, index) and not _in_perfect(sentence, index)
    if kind == "third":
        if item.key in english.THIRD_SURE:
            return True
        opens = following is not None and (
            following.key in DETERMINERS["en"] or following.cased or following.key[:1].isdigit()
            or (lenient and following.key in PREPOSITIONS["en"])
        )  # fmt: skip
        alone = before.key in SUBJECTS["en"] | RELATIVES["en"]
        return (opens or alone) and following is not None and following.key != "of"
    if kind == "done":
        return False
    if kind == "base":
        return before.key in _PLURALS or (
            before.key.endswith("s") and not before.key.endswith(("ss", "us", "is", "'s")) and not before.cased
            and following is not None and (following.key in ARTICLES["en"] or following.key in ("in", "that", "to"))
        )  # fmt: skip
    return True


def _opens(following: Word | None) -> bool:
    """Whether what follows a verb form is no noun that it could describe."""
    return (
        following is None
        or following.mark
        or following.key in DETERMINERS["en"] | PREPOSITIONS["en"] | OBJECTS["en"]
    )


def _has_agent(sentence: Sequence[Word], index: int) -> bool:
    """Whether "by" follows and names who did it ("the house bought by Ana"), not a time ("left by June")."""
    following = [item.key for item in sentence[index + 1 : index + 3]]
    return following[:1] == ["by"] and not (
        len(following) > 1 and (following[1][:1].isdigit() or following[1] in _TIMES)
    )


def _in_perfect(sentence: Sequence[Word], index: int) -> bool:
    """Whether a participle stands under "have" or "be" with adverbs between, or after "having" or "being"."""
    at = index - 1
    while at >= 0 and (sentence[at].key in ADVERBS["en"] or sentence[at].key.endswith("ly")):
        at -= 1
    return at >= 0 and sentence[at].key in words("having being been be get got getting gets")


def _before(sentence: Sequence[Word], index: int, language: Latin) -> Word | None:
    """The word before `index`, past adverbs and negations; None at the beginning or after a mark."""
    at = index - 1
    while at >= 0 and (
        sentence[at].key in ADVERBS[language]
        or (sentence[at].key.endswith(("ly", "mente")) and not sentence[at].cased)
    ):
        at -= 1
    return sentence[at] if at >= 0 and not sentence[at].mark else None


def main_verb(sentence: Sequence[Word], found: Sequence[int], language: Latin) -> int | None:
    """The first verb that does not stand in a restrictive relative clause; in English something stands before it."""
    skip = False
    for index in found:
        if index == 0 and language == "pt":
            return 0
        if index == 0:
            continue
        at = index - 1
        while at > 0 and sentence[at].key in ADVERBS[language]:
            at -= 1
        relative = sentence[at].key in RELATIVES[language] and at > 0 and not sentence[at - 1].mark
        if relative and not skip:
            skip = True
            continue
        return index
    return None


def is_subject(phrase: Words, language: Latin) -> bool:
    """Whether `phrase` is a short noun phrase that can be a subject: no mark, no preposition first, not too long."""
    if not phrase or len(phrase) > 9 or any(item.mark or item.sheltered for item in phrase):
        return False
    first, last = phrase[0], phrase[-1]
    if last.key in CONJUNCTIONS[language] or any(
        item.key in SUBJECTS[language] - {"there", "that", "this", "these"} for item in phrase[1:]
    ):
        return False
    if first.key in PREPOSITIONS[language] | RELATIVES[language] | CONJUNCTIONS[language]:
        return False
    if first.key in OBJECTS[language] - SUBJECTS[language] and len(phrase) == 1:
        return False
    if last.key in ARTICLES[language] | PREPOSITIONS[language]:
        return language == "en" and last.key in ("this", "that", "these", "those") and len(phrase) == 1
    return (
        first.key in DETERMINERS[language] | SUBJECTS[language]
        or first.cased
        or first.key[:1].isdigit()
        or (first.key.endswith("s") and len(first.key) > 3)
        or first.key in _PLURALS
    )
