"""Coordinated clauses and predicates of one English or Portuguese sentence, each made a clause of its own.

"A did X and B did Y" gives both; "A did X and then did Y" gives both with the subject carried; under "A said that"
both are said. Nothing is split where a word says that the parts belong together: a condition, "or", "neither",
"both", a negation over the whole, a quantity that does not distribute ("few", "only").
"""

from __future__ import annotations

from collections.abc import Iterator

from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.grammar import (
    ADVERBS,
    DETERMINERS,
    NEGATIONS,
    PREPOSITIONS,
    RELATIVES,
    SUBJECTS,
    Latin,
    form,
    is_subject,
    main_verb,
    verbs,
)
from truthgpt.truth.claims.predicates import NOT_DISTRIBUTED, SHED, shared
from truthgpt.truth.claims.words import Words, carried, trimmed
from truthgpt.truth.lexicon import words

_GERUNDS = words("being having despite sendo tendo")
"""Words behind which a predicate may go on with something else than the subject."""
HOLD = {
    "en": words(
        "if unless whether whenever when neither nor either or both together provided otherwise each would wish imagine"
        " than lest suppose whichever whoever whatever"
    ),
    "pt": words("se caso quando nem ou ambos juntos juntas senao seria teria oxala tomara"),
}
"""Words in whose presence a sentence is left whole: its parts may not be so by themselves."""
_SUBORDINATES = {
    "en": words("because although though while since so after before until as where whereas why how what"),
    "pt": words("porque embora enquanto como apos antes ate onde pois para sem"),
}
_INNER = {
    "en": words("where how why what because although though whereas"),
    "pt": words("onde porque embora"),
}
"""Words before a verb that make its clause a part of another."""
_JOINERS = {"en": words("and but"), "pt": words("e mas")}


def held(sentence: Words, language: Latin) -> bool:
    """Whether the sentence has to stay whole. The Portuguese clitic "se" is told from the "se" of a condition."""
    for index, item in enumerate(sentence):
        if item.sheltered or item.key not in HOLD[language]:
            continue
        if item.key == "se" and index and index + 1 < len(sentence) and form(sentence[index + 1], "pt"):
            before = sentence[index - 1]
            if not before.mark and before.key not in ("que", "e", "mas"):
                continue
        return True
    return False


def parts(sentence: Words, language: Latin) -> list[Words]:
    """The clauses that `sentence` is made of, or `[sentence]`. Each is shorter than it, or holds one verb group less."""
    if held(sentence, language):
        return [sentence]
    found = verbs(sentence, language)
    main = main_verb(sentence, found, language)
    if main is None:
        return [sentence]
    if (content := _reported(sentence, found, main, language)) is not None:
        return _of_reported(sentence, main, content, language)
    for joint in _joints(sentence, main, language):
        second = _second(sentence, found, main, joint, language)
        if second is not None:
            first = trimmed(sentence[:joint])
            return [*_listed(first, main, language), *parts(second, language)]
    return [sentence]


def _joints(sentence: Words, main: int, language: Latin) -> Iterator[int]:
    """The places of "and" and "but" after the main verb that may join clauses."""
    between = False
    for index, item in enumerate(sentence):
        if item.sheltered:
            continue
        between = between or item.key in ("between", "entre")
        if item.key in _JOINERS[language] and index + 1 < len(sentence):
            if between:
                between = False
            elif index > main + 1:
                yield index


def _second(sentence: Words, found: list[int], main: int, joint: int, language: Latin) -> Words | None:
    """The clause after the joint, with what it shares with the first one; None where it is not surely a clause."""
    before = [index for index in found if main < index < joint]
    if _ends_list(sentence, found, main, joint, language) or _continues_phrase(
        sentence, found, main, joint, language
    ):
        return None
    if any(item.key in _SUBORDINATES[language] for item in sentence[1:joint]) and before:
        return None
    if before and any(
        item.key in ("que", "that", "who", "which", "whose", "quem") for item in sentence[main:joint]
    ):
        return None
    if before and form(sentence[main], language) != "aux" and sentence[main].key in _say(language):
        return None
    if any(item.key in _INNER[language] for item in sentence[:main]):
        return None
    if language == "en" and _embeds(sentence, main, before):
        return None
    if sentence[joint + 1].key == "some" and sentence[joint - 1].key[:1].isdigit():
        return None  # "400 and some arrests"
    start = joint + 1
    while start < len(sentence) and sentence[start].key in SHED[language]:
        start += 1
    rest = sentence[start:]
    if not rest or rest[0].mark:
        return None
    head = 0
    while head < len(rest) and (rest[head].key in ADVERBS[language] or rest[head].key.endswith("ly")):
        head += 1
    clitic = language == "pt" and head and rest[head : head + 1] and rest[head].key in ("o", "a", "os", "as")
    head += bool(clitic)
    embedded = any(
        item.key in SUBJECTS[language] - words("it this that these there you isso isto")
        for item in sentence[main + 1 : joint]
    )
    if (
        head < len(rest)
        and (not before or _listed_verbs(sentence, before))
        and not embedded
        and not any(item.key in RELATIVES[language] | _GERUNDS for item in sentence[main + 1 : joint])
        and (taken := shared(sentence, main, joint, start + head, language)) is not None
    ):
        return (*carried(taken), *rest)
    following = next((index for index in found if index > start), None)
    if (
        following is None
        or following - start > 9
        or any(index < start + 1 for index in found if index >= start)
    ):
        return None
    return _own_subject(sentence, main, joint, start, following, language)


def _listed_verbs(sentence: Words, before: list[int]) -> bool:
    """Whether each verb between the main one and the joint is the next of a list ("sold the car, bought a bike and")."""
    return all(sentence[index - 1].key == "," for index in before)


def _embeds(sentence: Words, main: int, before: list[int]) -> bool:
    """Whether a verb between the main one and the joint is of a clause inside ("there is no proof the mayor lied and"): then what
    follows the joint may be inside as well. Verbs that go on with the main one ("has been closed") are of it."""
    at = main
    for index in before:
        whole = all(item.key in ADVERBS["en"] | NEGATIONS["en"] for item in sentence[at + 1 : index])
        if whole:
            at = index
        elif sentence[index - 1].key != ",":
            return True
    return False


def _continues_phrase(sentence: Words, found: list[int], main: int, joint: int, language: Latin) -> bool:
    """Whether an "and" before this one has no verb after it: then this one goes on with the same phrase."""
    earlier = [
        index
        for index in range(main + 1, joint)
        if sentence[index].key in _JOINERS[language] | words("or ou")
    ]
    return bool(earlier) and not any(earlier[-1] < index < joint for index in found)


def _ends_list(sentence: Words, found: list[int], main: int, joint: int, language: Latin) -> bool:
    """Whether the joint is the last one of a list of nouns: "shirts, hoodies, and jeans are …"."""
    end = joint - 1 if sentence[joint - 1].key == "," else joint
    commas = [index for index in range(main, end) if sentence[index].key == ","]
    if not commas or any(commas[-1] < index < end for index in found):
        return False
    return form(sentence[commas[-1] + 1], language) not in ("past", "participle", "third")


def _say(language: Latin) -> frozenset[str]:
    return english.SAY if language == "en" else portuguese.SAY


def _own_subject(
    sentence: Words, main: int, joint: int, start: int, verb: int, language: Latin
) -> Words | None:
    """The second clause where it has a subject of its own; a phrase that leads the sentence holds for it as well."""
    end = verb
    while end > start and (
        sentence[end - 1].key in ADVERBS[language] or sentence[end - 1].key.endswith("ly")
    ):
        end -= 1
    subject = sentence[start:end]
    if not is_subject(subject, language) or any(item.key in ("but", "mas") for item in subject):
        return None
    alone = [item.key for item in subject] == ["i"] and sentence[joint - 1].key != ","
    if alone and "i" not in [item.key for item in sentence[:main]]:
        return None  # "the fact that my wife and I bought it"
    last = verb + 1 == len(sentence) or sentence[verb + 1].mark
    if last and form(sentence[verb], language) == "aux":
        return None  # "and I have"
    if any(item.key in NOT_DISTRIBUTED[language] for item in sentence[:main]):
        return None
    if not _agrees(subject, sentence, verb, language):
        return None
    comma = sentence[joint - 1].key == ","
    if not comma and not _sure(sentence, verb, language):
        return None
    lead = _lead(sentence, main, language)
    own_time = any(item.key[:1].isdigit() for item in sentence[start:])
    adverbial = lead and not _attributes(lead, language)
    if adverbial and own_time and any(item.key[:1].isdigit() for item in lead):
        lead = ()
    return (*carried(lead), *sentence[start:])


def _sure(sentence: Words, verb: int, language: Latin) -> bool:
    """Whether a word after a noun can only be its verb, and no participle ("the house bought last year")."""
    if language == "pt" or english.form(sentence[verb].key) != "participle":
        return True
    following = sentence[verb + 1] if verb + 1 < len(sentence) else None
    return (
        following is None
        or following.mark
        or (following.key == "to" and sentence[verb].key in english.INTENDING)
        or following.key in DETERMINERS["en"] | SUBJECTS["en"]
        or sentence[verb].key in english.INTRANSITIVE | english.SAY
        or sentence[verb - 1].key in SUBJECTS["en"]
        or sentence[verb].key in words("left won lost said felt met stood")
        or following.key[:1].isdigit()
        or following.cased
    )


def _agrees(subject: Words, sentence: Words, verb: int, language: Latin) -> bool:
    """Whether verb and subject are of one number, as far as the verb tells it: else the subject begins earlier."""
    key = sentence[verb].key
    several = subject[0].key[:1].isdigit() or any(item.key in ("and", "e") for item in subject)
    if language == "pt":
        plural = portuguese.is_plural(key)
        single = subject[0].key in words("o a um uma este esta esse essa") or (
            len(subject) == 1 and subject[0].cased
        )
        many = subject[0].key in words("os as uns umas estes estas esses essas")
        return not ((plural and single) or (not plural and many))
    if key in ("were", "are", "have") and not several:
        single = (len(subject) == 1 and subject[0].cased) or subject[0].key in ("a", "an", "this", "that")
        return not single
    if key in ("is", "was", "has"):
        return subject[0].key not in ("these", "those", "they", "many", "several")
    return True


def _lead(sentence: Words, main: int, language: Latin) -> Words:
    """The phrase with a comma that leads the sentence ("In 2019,", "According to the police,"), else nothing."""
    commas = [index for index, item in enumerate(sentence[:main]) if item.key == ","]
    if len(commas) != 1:
        return ()
    lead = sentence[: commas[0] + 1]
    first = lead[0].key
    known = (
        first in PREPOSITIONS[language]
        or _attributes(lead, language)
        or first in words("yesterday today ontem hoje")
    )
    return lead if known and not verbs(lead, language) else ()


def _attributes(lead: Words, language: Latin) -> bool:
    return lead[0].key in ("according", "segundo", "conforme") or [item.key for item in lead[:2]] == [
        "de",
        "acordo",
    ]


def _listed(first: Words, main: int, language: Latin) -> list[Words]:
    """ "sold the car, bought a bike", the beginning of a list of predicates, as its predicates."""
    for index in range(len(first) - 1, main + 1, -1):
        if first[index].key == "," and index + 1 < len(first) and not first[index].sheltered:
            if form(first[index + 1], language) not in ("past", "participle", "third"):
                continue
            taken = shared(first, main, index, index + 1, language)
            if taken is not None:
                return [*_listed(first[:index], main, language), (*carried(taken), *first[index + 1 :])]
    return [first]


def _reported(sentence: Words, found: list[int], main: int, language: Latin) -> int | None:
    """Where what somebody said begins: after "that" or, in English, right after the verb of saying."""
    if sentence[main].key not in _say(language):
        return None
    following = main + 1
    if following >= len(sentence):
        return None
    if sentence[following].key in ("that", "que"):
        # "said that night" has no clause after it.
        return following + 1 if any(index > following + 1 for index in found) else None
    later = next((index for index in found if index > following), None)
    if language == "en" and later is not None and is_subject(sentence[following:later], "en"):
        return following
    return None


def _of_reported(sentence: Words, main: int, content: int, language: Latin) -> list[Words]:
    """The clauses of what was said, each with who said it."""
    prefix = sentence[:content]
    if any(item.key in NEGATIONS[language] for item in prefix):
        return [sentence]
    joint = next(
        (
            index
            for index in range(content + 1, len(sentence) - 1)
            if sentence[index].key in _JOINERS[language]
            and sentence[index + 1].key in ("that", "que")
            and not (
                language == "en" and form(sentence[index + 2 : index + 3][0], "en")
                if sentence[index + 2 : index + 3]
                else True
            )
            and not sentence[index].sheltered
        ),
        None,
    )
    if joint is not None:
        rest = (*carried(prefix), *sentence[joint + 2 :])
        if not verbs(sentence[joint + 2 :], language):
            return [sentence]
        return [*parts(trimmed(sentence[:joint]), language), *parts(rest, language)]
    inner = sentence[content:]
    found = verbs(inner, language)
    head = main_verb(inner, found, language)
    if head is None:
        return [sentence]
    for at in _joints(inner, head, language):
        following = next((index for index in found if index > at), None)
        if following is None or following <= at + 1:
            continue
        second = _second(inner, found, head, at, language)
        if second is not None and not any(item.carried for item in second):
            return [trimmed(sentence[: content + at]), *parts((*carried(prefix), *second), language)]
    return [sentence]
