"""A predicate without a subject of its own ("… and moved to Porto"): whether it is one, and what it takes along.

It takes the subject, and the auxiliary where it shares that: "was arrested and charged", "will close and open". A form
that may be past or participle is taken for a predicate only where what follows shows that it describes no noun.
"""

from __future__ import annotations

from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.grammar import (
    ADVERBS,
    ARTICLES,
    DETERMINERS,
    NEGATIONS,
    PREPOSITIONS,
    SUBJECTS,
    Latin,
    form,
)
from truthgpt.truth.claims.words import Words
from truthgpt.truth.lexicon import words

NOT_DISTRIBUTED = {
    "en": words("only few none nobody no exactly hardly neither nothing fewer"),
    "pt": words("apenas so poucos poucas ninguem nenhum nenhuma exatamente nada somente menos"),
}
_FREQUENCIES = {
    "en": words(
        "often always sometimes usually rarely never seldom probably possibly perhaps maybe almost nearly"
    ),
    "pt": words("sempre muitas frequentemente raramente nunca talvez provavelmente quase"),
}
SHED = {
    "en": words("then also later finally eventually first"),
    "pt": words("depois tambem entao finalmente primeiro"),
}


def shared(sentence: Words, main: int, joint: int, at: int, language: Latin) -> Words | None:
    """What the predicate that begins at `at` takes from before the main verb; None where it is no predicate."""
    pre, predicate = sentence[:main], sentence[main:joint]
    if not _has_subject(pre, language) or any(item.key in NOT_DISTRIBUTED[language] for item in pre):
        return None
    negative = any(item.key in NEGATIONS[language] for item in (*pre, *predicate))
    kind = form(sentence[at], language)
    following = sentence[at + 1] if at + 1 < len(sentence) else None
    subject = _subject_only(pre, language)
    if kind == "aux":
        plain = not (language == "pt" and negative) and sentence[at].key not in ("'s", "'d")
        return subject if plain else None
    if negative and language == "pt":
        return None
    auxiliary = form(sentence[main], language) == "aux"
    if language == "pt":
        return _shared_portuguese(sentence, main, joint, at, subject, kind)
    if kind == "base" and auxiliary and sentence[main].key in english.MODALS and not negative:
        modal = sentence[main]
        opens = following is not None and (
            following.key in ARTICLES["en"] | PREPOSITIONS["en"] or following.cased
        )
        return (*subject, modal) if opens else None
    if kind == "past":
        return subject
    closed = following is None or following.mark
    opens = closed or (
        following is not None
        and (
            following.key in DETERMINERS["en"] | PREPOSITIONS["en"] | SUBJECTS["en"] | ADVERBS["en"]
            or following.key
            in ("him", "her", "them", "us", "me", "nothing", "everything", "back", "home", "it")
            or following.cased
            or not following.key[:1].isalpha()
            or following.key.endswith("ly")
        )
    )
    if (kind == "participle" and opens) or kind == "done":
        return _participle(sentence, main, at, subject, negative=negative, closed=closed)
    agrees = english.form(sentence[main].key) == "third" or sentence[main].key in ("is", "has")
    if kind == "third" and opens and agrees and following is not None and following.key != "of":
        return subject
    return None


def _participle(
    sentence: Words, main: int, at: int, subject: Words, *, negative: bool, closed: bool
) -> Words | None:
    """A form that is past or participle: under "was" and "has" it shares that word, unless it is surely the past."""
    head, item = sentence[main], sentence[at]
    passive = main + 1 < at and english.form(sentence[main + 1].key) in ("participle", "done")
    if english.form(item.key) == "done":
        shares = passive and not negative and head.key in english.BE | english.HAVE
        return (*subject, head) if shares else None
    if english.form(head.key) != "aux":
        return subject if not negative or head.key != "never" else None
    if head.key in english.MODALS or head.key in ("does", "do", "did"):
        return subject if head.key == "did" and not closed else None
    nexts = sentence[at + 1].key if at + 1 < len(sentence) else ""
    if head.key in english.HAVE:
        return (*subject, head) if not negative and passive else None
    if item.key in english.INTRANSITIVE or nexts in ARTICLES["en"]:
        return subject
    return (*subject, head) if passive and not negative else None


def _shared_portuguese(
    sentence: Words, main: int, joint: int, at: int, subject: Words, kind: str
) -> Words | None:
    head, item = sentence[main], sentence[at]
    if kind in ("past", "third"):
        same = portuguese.is_plural(item.key) == portuguese.is_plural(head.key)
        return subject if same else None
    first = sentence[main + 1].key if main + 1 < joint else ""
    if (
        head.key in portuguese.MODALS
        and portuguese.is_infinitive(item.key)
        and portuguese.is_infinitive(first)
    ):
        return (*subject, head)
    if head.key in portuguese.BE and portuguese.is_participle(item.key) and portuguese.is_participle(first):
        following = sentence[at + 1] if at + 1 < len(sentence) else None
        if main + 2 < joint and (following is None or following.mark or following.key in PREPOSITIONS["pt"]):
            return (*subject, head)
    return None


def _has_subject(pre: Words, language: Latin) -> bool:
    """Whether something that can be a subject stands in front of the verb, after any adverbial with a comma."""
    last = max((index for index, item in enumerate(pre) if item.key == ","), default=-1)
    subject = pre[last + 1 :]
    if not subject or subject[-1].key in ("who", "which", "that", "que", "there", "it's"):
        return False
    begins = subject[0].key not in PREPOSITIONS[language] or subject[-1].cased or len(subject) > 3
    return begins and not subject[0].mark


def _subject_only(pre: Words, language: Latin) -> Words:
    """What stands before the main verb, without adverbs that belong to it alone."""
    keep = [
        item
        for item in pre
        if not (
            item.key in SHED[language]
            or (item.key.endswith("ly" if language == "en" else "mente") and not item.cased
                and item.key in words("quickly slowly suddenly immediately recently rapidamente lentamente recentemente"))
        )
    ]  # fmt: skip
    while keep and keep[-1].key in ADVERBS[language] - _FREQUENCIES[language] and language == "en":
        keep.pop()
    return tuple(keep)
