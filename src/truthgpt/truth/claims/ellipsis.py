"""Sentences that leave out what the one before them said: "So did Porto.", "Em Lisboa também.", a subject left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.grammar import ARTICLES, NEGATIONS, Latin, is_subject, main_verb, verbs
from truthgpt.truth.claims.mentions import Mention, named_again
from truthgpt.truth.claims.words import Words, carried, trimmed
from truthgpt.truth.lexicon import words

_IMPERSONAL = words(
    "ha havia houve faz e é parece era foi vai tem choveu existe existem sao diz dizem pode deve seria custa"
)

_SUBJECT_BEHIND = words(
    "fechou abriu morreu nasceu chegou caiu comecou acabou faltou aumentou subiu desceu surgiu apareceu aconteceu terminou"
    " parou sobrou restou bastou fecharam abriram morreram chegaram cairam aumentaram subiram desceram faltaram saiu entrou"
)


def completed(sentence: Words, before: Sequence[Words], language: Latin) -> Words | None:
    """`sentence` with what the only clause `before` lends it; None where it is no ellipsis or not a sure one."""
    if len(before) != 1 or len(sentence) > 9:
        return None
    clause = before[0]
    found = verbs(clause, language)
    main = main_verb(clause, found, language)
    bare = tuple(item for item in sentence if not item.mark)
    if len(bare) < 2:
        return None
    if main is None or main == 0:
        return _same_place(bare, clause, 0) if language == "pt" and found[:1] == [0] else None
    if any(item.key == "," for item in clause[:main]) or len(found) > 1:
        return None
    return (_english if language == "en" else _portuguese)(bare, clause, main)


def _english(bare: Words, clause: Words, main: int) -> Words | None:
    predicate = trimmed(_own(clause[main:]))
    negative = any(item.key in NEGATIONS["en"] for item in clause)
    head = clause[main].key
    first = bare[0].key
    if first in ("so", "neither", "nor") and len(bare) > 2 and bare[1].key in english.AUXILIARIES:
        subject, helper = bare[2:], bare[1].key
        fits = head == helper if english.form(head) == "aux" else helper in ("did", "does", "do")
        if (first == "so") == negative or not fits or not is_subject(subject, "en"):
            return None
        if helper == "did" and english.form(head) not in ("past", "participle", "aux"):
            return None
        if helper in ("does", "do") and english.form(head) != ("third" if helper == "does" else "base"):
            return None
        return (*subject, *carried(predicate))
    if bare[-1].key in ("too",) and is_subject(bare[:-1], "en") and not negative and not verbs(bare, "en"):
        past = english.form(head) in ("past", "participle") or head in english.MODALS
        return (*bare[:-1], *carried(predicate)) if past else None
    return None


def _portuguese(bare: Words, clause: Words, main: int) -> Words | None:
    negative = any(item.key in NEGATIONS["pt"] for item in clause)
    rest, same = _before_also(bare)
    if not rest or same == negative:
        return None
    if rest[0].key in ("em", "no", "na", "nos", "nas"):
        return _same_place(bare, clause, main)
    plural = rest[0].key in ("os", "as") or any(item.key == "e" for item in rest)
    if not is_subject(rest, "pt") or portuguese.is_plural(clause[main].key) != plural or verbs(rest, "pt"):
        return None
    start = main - 1 if main and clause[main - 1].key in ("nao", "nunca", "se") else main
    return (*rest, *carried(trimmed(_own(clause[start:]))))


def _before_also(bare: Words) -> tuple[Words, bool]:
    """What stands before "também" (True) or "também não" (False)."""
    keys = [item.key for item in bare]
    if keys[-1] == "tambem":
        return bare[:-1], True
    if keys[-2:] == ["tambem", "nao"]:
        return bare[:-2], False
    return (), True


def _same_place(bare: Words, clause: Words, main: int) -> Words | None:
    """The clause with its only phrase of place replaced by the one in `bare`."""
    rest, same = _before_also(bare)
    negative = any(item.key in NEGATIONS["pt"] for item in clause)
    if not rest or same == negative or rest[0].key not in ("em", "no", "na", "nos", "nas"):
        return None
    places = [
        index
        for index in range(main + 1, len(clause) - 1)
        if clause[index].key in ("em", "no", "na", "nos", "nas") and clause[index + 1].cased
    ]
    if len(places) != 1:
        return None
    begin = end = places[0]
    end += 1
    while end < len(clause) and (clause[end].cased or clause[end].key in words("de da do dos das")):
        end += 1
    place = (replace(rest[0], text=rest[0].text.lower(), spaced=True), *rest[1:])
    return (*carried(_own(clause[:begin])), *place, *carried(_own(clause[end:])))


def _own(clause: Words) -> Words:
    return tuple(item for item in clause if not (item.mark and item.text[-1] in ".!?…"))


def subject_left_out(sentence: Words, subject: Mention | None) -> Words:
    """The subject that a Portuguese sentence beginning with its verb takes from the one before; () for none that is sure."""
    if subject is None or len(sentence) < 3 or sentence[0].sheltered:
        return ()
    first = sentence[0].key
    at = 1 if first in ("nao", "tambem", "ja") else 0
    head = sentence[at].key
    if portuguese.form(head) not in ("past", "third") or portuguese.bare(head) in _IMPERSONAL:
        return ()
    if portuguese.is_plural(head) != subject.plural or sentence[at + 1].key in ("que", "se"):
        return ()
    following = sentence[at + 1]
    # "Morreu Carlos Lima", "Fechou a loja": the subject stands behind the verb.
    behind = following.cased or (portuguese.bare(head) in _SUBJECT_BEHIND and following.key in ARTICLES["pt"])
    return () if behind else named_again(subject, "pt")
