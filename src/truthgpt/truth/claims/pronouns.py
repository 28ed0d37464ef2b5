"""English and Portuguese pronouns of a claim, replaced by what they stand for where the rules leave no doubt.

A pronoun that the sentence before used as well means what it meant there, known or not. Else the nearest sentence with
a compatible mention decides, the same one or the one before: its subject, or the only mention that there is. A pronoun
whose antecedent stands before it in the claim itself is left alone. What remains is told as unresolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from truthgpt.truth.claims.grammar import ADVERBS, ARTICLES, PREPOSITIONS, Latin, form, verbs
from truthgpt.truth.claims.mentions import Mention, named_again
from truthgpt.truth.claims.words import Word, Words, word, write
from truthgpt.truth.lexicon import words


@dataclass(frozen=True, slots=True)
class _Pronoun:
    same: str
    """The pronoun in the nominative."""
    gender: str
    plural: bool
    person: bool | None
    possessive: bool = False


_PRONOUNS: dict[str, dict[str, _Pronoun]] = {
    "en": {
        "he": _Pronoun("he", "m", False, True),
        "him": _Pronoun("he", "m", False, True),
        "his": _Pronoun("he", "m", False, True, True),
        "she": _Pronoun("she", "f", False, True),
        "her": _Pronoun("she", "f", False, True),
        "it": _Pronoun("it", "", False, False),
        "its": _Pronoun("it", "", False, False, True),
        "they": _Pronoun("they", "", True, True),
        "them": _Pronoun("they", "", True, True),
        "their": _Pronoun("they", "", True, True, True),
    },
    "pt": {
        "ele": _Pronoun("ele", "m", False, None),
        "ela": _Pronoun("ela", "f", False, None),
        "eles": _Pronoun("eles", "m", True, None),
        "elas": _Pronoun("elas", "f", True, None),
        "dele": _Pronoun("ele", "m", False, None, True),
        "dela": _Pronoun("ela", "f", False, None, True),
        "deles": _Pronoun("eles", "m", True, None, True),
        "delas": _Pronoun("elas", "f", True, None, True),
    },
}
_BARE = {"en": words("this that these those"), "pt": words("isso isto aquilo")}
_OWN = {"en": frozenset[str](), "pt": words("seu sua seus suas")}
_POINTING = {"en": words("this that these those"), "pt": words("este esta estes estas esse essa esses essas")}
_TIMES = words(
    "night year week month morning summer winter season day days weekend time evening afternoon ano semana mes manha dia dias"
)
_EMPTY_IT = words(
    "rain rains rained raining snow snowed snowing clear true likely possible important hot cold late early time seems seemed"
    " appears turns hard easy weird looks sounds obvious dark sunny worth"
)
_EMPTY_HEADS = words("is was 's would will felt feels makes made takes took might could may has wasn't isn't")


@dataclass(frozen=True, slots=True)
class Resolution:
    """A claim's words with pronouns replaced, what was replaced by what, and what could not be."""

    words: Words
    resolved: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()


@dataclass(slots=True)
class Discourse:
    """What was mentioned so far, and what each pronoun last stood for: (sentence, antecedent or None)."""

    known: list[Mention] = field(default_factory=list)
    last: dict[str, tuple[int, Mention | None]] = field(default_factory=dict)


def resolve(claim: Words, discourse: Discourse, sentence: int, language: Latin) -> Resolution:
    """`claim`, made from sentence `sentence`, with the pronouns replaced that `discourse` tells; it learns from them."""
    out: list[Word] = []
    resolved: list[tuple[str, str]] = []
    left: list[str] = []
    simple = len(verbs(claim, language)) == 1  # then its subject cannot be its object's antecedent
    for at, item in enumerate(claim):
        pronoun = _PRONOUNS[language].get(item.key)
        if item.sheltered or pronoun is None or (item.key == "it" and _is_empty(claim, at)):
            if pronoun is None and not item.sheltered and _points(claim, at, discourse, language):
                left.append(item.text)
            out.append(item)
            continue
        possessive = pronoun.possessive or (item.key == "her" and _owns(claim, at))
        bound = not possessive and simple and at > 0 and bool(form(claim[at - 1], language))
        near = _inside(out, discourse.known, pronoun, language)
        if near and not bound:
            discourse.last[pronoun.same] = (sentence, near[-1] if len({m.keys for m in near}) == 1 else None)
            out.append(item)
            continue
        # "it" as an object or in a subordinate clause stands for too much; the same sentence has to tell.
        far = pronoun.same != "it" or possessive or at == 0
        antecedent = _antecedent(discourse, near, pronoun, item, claim, sentence, language, far=far)
        discourse.last[pronoun.same] = (sentence, antecedent)
        again = named_again(antecedent, language) if antecedent else ()
        if not again or (at + 1 < len(claim) and claim[at + 1].key in ("'d", "'m")):
            left.append(item.text)
            out.append(item)
            continue
        out.extend(_written(again, item, possessive=possessive, language=language))
        resolved.append((item.text, write(again)))
    return Resolution(_expanded(out), tuple(resolved), tuple(left))


def _points(claim: Words, at: int, discourse: Discourse, language: Latin) -> bool:
    """Whether a word other than a personal pronoun points outside the claim: "this", "seu", "these people" in front."""
    item = claim[at]
    following = claim[at + 1] if at + 1 < len(claim) else None
    if item.key in _OWN[language]:
        starts = {other.start for other in claim[:at]}
        return not any(mention.start in starts for mention in discourse.known)
    if language == "pt" and item.key in _BARE["pt"]:
        return True
    if at == 0 and item.key in _POINTING[language] and following is not None:
        return following.key not in _TIMES
    if language == "en" and item.key in _BARE["en"]:
        verb = following is None or following.mark or form(following, "en") in ("aux", "past")
        return verb and (item.key == "this" or claim[at - 1].key in PREPOSITIONS["en"])
    return False


def _is_empty(claim: Words, at: int) -> bool:
    """Whether "it" stands for nothing: weather, time, "it is clear that", "it felt great to"."""
    following = claim[at + 1 :]
    if any(item.key in _EMPTY_IT for item in following[:3]):
        return True
    clause = [item.key for item in following[:12]]
    if not clause or clause[0] not in _EMPTY_HEADS:
        return False
    if len(following) > 1 and form(following[1], "en") in ("participle", "past"):
        return False  # "It was sold to …"
    return any(key in ("who", "that", "to", "for", "when", "if", "because") for key in clause[2:])


def _compatible(mention: Mention, pronoun: _Pronoun) -> bool:
    if mention.plural != pronoun.plural:
        return False
    if mention.gender and pronoun.gender and mention.gender != pronoun.gender:
        return pronoun.plural and mention.pair
    if pronoun.same == "they":
        return mention.person is True
    if pronoun.person is True:
        several = len(mention.words) > 1 and mention.words[0].cased and mention.named
        return mention.person is True or (mention.person is None and several)
    if pronoun.person is False:
        return mention.person is False and not mention.gender
    if pronoun.gender and not mention.gender:
        return mention.person is not False
    return True


def _inside(
    before: Sequence[Word], known: Sequence[Mention], pronoun: _Pronoun, language: Latin
) -> list[Mention]:
    """The compatible mentions that stand before the pronoun in the claim itself."""
    starts = {other.start for other in before if other.start >= 0}
    keys = {other.key for other in before}
    return [
        mention
        for mention in known
        if _compatible(mention, pronoun)
        and (mention.start in starts or set(mention.keys[mention.keys[0] in ARTICLES[language] :]) <= keys)
    ]


def _antecedent(
    discourse: Discourse,
    near: Sequence[Mention],
    pronoun: _Pronoun,
    item: Word,
    claim: Words,
    sentence: int,
    language: Latin,
    *,
    far: bool,
) -> Mention | None:
    said = discourse.last.get(pronoun.same)
    if said is not None and said[0] >= sentence - 1 and far:
        return said[1] if said[1] not in near else None
    within = {other.start for other in claim if not other.carried}
    fit = [
        mention
        for mention in discourse.known
        if mention not in near
        and _compatible(mention, pronoun)
        and (
            mention.sentence < sentence
            or (mention.words[-1].end <= item.start and mention.start not in within)
        )
    ]
    here = [mention for mention in fit if mention.sentence == sentence]
    before = [
        mention
        for mention in fit
        if mention.sentence in (sentence - 1, -1 if sentence == 1 else sentence - 1)
    ]
    for group in (here, before if far else []):
        if not group:
            continue
        subjects = {mention.keys for mention in group if mention.subject}
        if len(subjects) == 1:
            return next(mention for mention in reversed(group) if mention.subject)
        only = group[-1] if len({mention.keys for mention in group}) == 1 else None
        if only is None or subjects:
            return None
        if pronoun.same == "it":
            return only if only.sentence < 0 or (group is here and only.acted_on) else None
        return only if only.person is not None or language == "pt" else None
    return None


def _owns(claim: Words, at: int) -> bool:
    """Whether "her" is followed by what she has."""
    following = claim[at + 1] if at + 1 < len(claim) else None
    return not (
        following is None
        or following.mark
        or following.key in PREPOSITIONS["en"] | ARTICLES["en"] | ADVERBS["en"] | words("and or but to")
    )


def _written(again: Words, item: Word, *, possessive: bool, language: Latin) -> Words:
    put = tuple(replace(other, start=-1, end=-1, carried=True, spaced=True) for other in again)
    put = (replace(put[0], spaced=item.spaced), *put[1:])
    if not possessive:
        return put
    if language == "en":
        plural = put[-1].text.endswith("s") and not put[-1].cased
        return (*put, word("'" if plural else "'s", spaced=False))
    if put[0].key in ("o", "a", "os", "as"):
        return (word("d" + put[0].key, spaced=item.spaced), *put[1:])
    return (word("de", spaced=item.spaced), replace(put[0], spaced=True), *put[1:])


def _expanded(out: Sequence[Word]) -> Words:
    """With "'s" and its like, now after a name, written out."""
    done: list[Word] = []
    for at, item in enumerate(out):
        before = out[at - 1] if at else None
        full = {"'s": "is", "'re": "are", "'ve": "have", "'ll": "will"}.get(item.key)
        if full and before is not None and before.start < 0 and before.carried and item.start >= 0:
            following = out[at + 1] if at + 1 < len(out) else None
            if full == "is" and following is not None and following.key in ("been", "got", "had"):
                full = "has"
            elif full == "is" and following is not None and form(following, "en") in ("participle", "past"):
                done.append(
                    replace(item, spaced=False)
                )  # "he's won" has, "he's known for" is: nothing here tells
                continue
            item = replace(item, text=full, key=full, spaced=True)
        done.append(item)
    return tuple(done)
