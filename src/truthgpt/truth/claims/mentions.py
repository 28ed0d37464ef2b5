"""Who and what an English or Portuguese sentence names: names and noun phrases that a later pronoun may stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from truthgpt.truth.claims.grammar import (
    ADVERBS,
    ARTICLES,
    CONJUNCTIONS,
    PREPOSITIONS,
    RELATIVES,
    SUBJECTS,
    Latin,
    form,
    verbs,
)
from truthgpt.truth.claims.insertions import ROLES, definite
from truthgpt.truth.claims.words import Word, Words, word
from truthgpt.truth.lexicon import words

_MALE = words(
    "john tom david michael peter paul james robert mark george william richard charles daniel thomas steve steven kevin brian"
    " adam alan simon martin luke jack harry ben sam matt chris mike joe jim bob bill dan nick tim tony andrew anthony eric"
    " frank henry jacob jason jeff keith kyle larry leo liam noah oliver oscar patrick philip ryan scott sean stephen stuart"
    " victor walter omar ahmed ali hassan ivan igor hans karl lars erik joao jose pedro paulo carlos rui luis miguel tiago"
    " bruno ricardo andre antonio manuel francisco fernando jorge marcos rafael lucas gabriel mateus diogo nuno hugo vasco"
    " duarte goncalo sergio marcelo eduardo rodrigo felipe gustavo henrique vitor afonso alvaro bernardo caetano donald"
    " mr king prince father brother sir lord senhor pai"
)
_FEMALE = words(
    "mary anna anne ann emma sarah laura julia kate jane lisa linda susan karen helen alice rachel rebecca jessica jennifer"
    " amy emily grace hannah lucy megan nancy olivia ruth sophie victoria lena nina eva elena clara diana ellen irene judy"
    " fatima aisha layla maria ana joana ines rita sofia beatriz catarina mariana carla paula teresa isabel luisa marta"
    " patricia sandra silvia vera helena leonor matilde carolina daniela fernanda juliana leticia camila larissa amanda"
    " bruna claudia cristina raquel susana lurdes margarida mrs ms miss queen princess mother sister lady senhora dona mae"
)
_MEN = words(
    "man boy father brother son husband uncle grandfather king actor waiter policeman fireman businessman guy dad grandpa"
)
_WOMEN = words(
    "woman girl mother sister daughter wife aunt grandmother queen actress waitress policewoman lady mum mom grandma"
)
_PEOPLE = words(
    "driver student neighbour neighbor friend boss suspect victim player artist patient customer worker officer teenager child"
    " pilot farmer lawyer candidate winner scientist researcher politician landlord roommate coworker colleague person guest baker"
    " cyclist passenger painter chef cook thief clerk tenant runner swimmer boxer goalkeeper poet priest soldier"
) | ROLES["en"] - words("chair head former")
_PLURAL_NOUNS = words("people children men women police staff")
_GROUPS = words(
    "company firm team union bank parent nurse resident official member voter employee tenant protester citizen farmer fan expert"
    " landlord refugee immigrant tourist visitor kid girl boy cop republican democrat user colleague firefighter miner"
)
_NOT_LAST = words("next right other all then too even first last one own same only")
"""No phrase ends with these."""
_NOT_PEOPLE = words(
    "new san los las united great south north east west lake mount royal bank university city street museum school inc ltd park"
    " river bridge airport station football club fc hospital council party union court times post news republic state valley road"
    " banco universidade rua museu escola rio ponte aeroporto estacao camara partido sindicato tribunal praca hotel estadio clube"
)
_CONNECT = words("de da do dos das of van von di la el bin al")
_NEVER_NAMES = words(
    "dear edit update tldr ok okay lol anyway"
    "the a an i it he she they we you this that these those there here yes no not so and but or if when while after before in on at"
    " by for from with to of as is are was were do does did has have can could will would my our your his her their its what why how"
    " who where which all some many most one two today yesterday monday tuesday wednesday thursday friday saturday sunday january"
    " february march april may june july august september october november december then also however now just only"
    " o os as um uma e ou mas se ele ela eles elas nao sim em no na nos nas de do da dos das com por para que quando como onde"
    " isto isso este esta esse essa hoje ontem depois antes segundo meu minha nosso nossa seu sua todos ja ainda tambem"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or noun phrase. `gender` is "m", "f" or "" (not told); `person` is None where it is not told."""

    words: Words
    sentence: int
    gender: str
    plural: bool
    person: bool | None
    subject: bool
    governed: bool
    """A preposition stands before it."""
    acted_on: bool = False
    """Right behind a verb other than "be" and its like: its object."""
    named: bool = False
    """It is a name, not a noun with its article."""
    pair: bool = False
    """It is "A and B"."""

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.words)


def mentions(sentence: Words, index: int, language: Latin) -> list[Mention]:
    """The mentions of one sentence in order; what stands in quotations is not among them."""
    found = verbs(sentence, language)
    verb = next((at for at in found if at), len(sentence))
    heads = frozenset(found)
    made: list[Mention] = []
    at = 0
    while at < len(sentence):
        size = (
            0
            if sentence[at].sheltered
            else _name(sentence, at, heads) or _phrase(sentence, at, heads, language)
        )
        if not size:
            at += 1
            continue
        before = sentence[at - 1] if at else None
        governed = before is not None and before.key in PREPOSITIONS[language]
        after = at + size
        while after < len(sentence) and sentence[after].key in ADVERBS[language]:
            after += 1
        # Before its verb, an insertion or another subject: else a verb was not seen, and the phrase may be cut wrongly.
        whole = after in heads or (
            after < len(sentence) and sentence[after].key in (",", "and", "e", "(", "?")
        )
        asked = at - 1 in heads and sentence[-1].key == "?"
        subject = not governed and (asked or (at < verb and whole))
        acted_on = at - 1 in heads and form(sentence[at - 1], language) != "aux"
        made.append(
            _mention(
                sentence[at : at + size],
                index,
                language,
                subject=subject,
                governed=governed,
                acted_on=acted_on,
            )
        )
        at += size
    return list(_with_pairs(sentence, made, language))


def _name(sentence: Words, at: int, heads: frozenset[int]) -> int:
    """The number of words of the name at `at`, 0 for none."""
    end = at
    while end < len(sentence) and end - at < 6:
        item = sentence[end]
        if (
            item.mark
            or item.sheltered
            or not item.text[0].isalpha()
            or item.key == "i"
            or (end > at and item.key == "'s")
        ):
            break
        if item.cased and not (item.key in _NEVER_NAMES and end == at):
            if end in heads and end == at:
                break
        elif not (end > at and item.key in _CONNECT and end + 1 < len(sentence) and sentence[end + 1].cased):
            break
        end += 1
    known = sentence[at].key in _MALE | _FEMALE
    if at == 0 and end == 1 and not known and 1 not in heads:
        return 0  # a sentence begins with a capital letter anyway
    return end - at


def _phrase(sentence: Words, at: int, heads: frozenset[int], language: Latin) -> int:
    """The number of words of the noun phrase with a determiner or a number at `at`, 0 for none."""
    first = sentence[at]
    fused = language == "pt" and first.key in PREPOSITIONS["pt"]
    number = first.key.isdigit()
    if not (first.key in ARTICLES[language] and not fused) and not number:
        return 0
    if first.key in ("no", "each", "every", "cada") or (at + 1 in heads):
        return 0
    end = at + 1
    closed = (
        PREPOSITIONS[language]
        | CONJUNCTIONS[language]
        | RELATIVES[language]
        | SUBJECTS[language]
        | ADVERBS[language]
    )
    while end < len(sentence) and end - at < 5:
        item = sentence[end]
        if (
            item.mark
            or item.sheltered
            or end in heads
            or item.key in closed
            or item.key in ARTICLES[language]
        ):
            break
        if end > at + 1 and item.key[:1].isdigit():
            break
        end += 1
    asked = (
        at
        and form(sentence[at - 1], language) == "aux"
        and sentence[end : end + 1]
        and sentence[end].key == "?"
    )
    if asked and end > at + 2:
        end -= 1  # "Is the old bridge open?"
    last = sentence[end - 1]
    unsure = (
        language == "en"
        and not last.cased
        and (
            last.key in _NOT_LAST
            or last.key.endswith(("ly", "ing"))
            or form(last, "en") in ("base", "third", "done", "aux")
        )
    )  # a verb that was not seen may have been taken for the noun
    if end == at + 1 or unsure:
        return 0
    of = words("of") if language == "en" else words("de do da dos das")
    if end + 1 < len(sentence) and sentence[end].key in of:
        more = _name(sentence, end + 1, heads) or (
            _phrase(sentence, end + 1, heads, language) if language == "en" else 0
        )
        end += 1 + more if more else 0
    return end - at


def _mention(
    phrase: Words, index: int, language: Latin, *, subject: bool, governed: bool, acted_on: bool
) -> Mention:
    named = phrase[0].cased and phrase[0].key not in ARTICLES[language]
    if named or (language == "pt" and len(phrase) > 1 and phrase[1].cased):
        keys = [item.key for item in phrase]
        first = keys[0] if named else keys[1]
        gender = "m" if first in _MALE else "f" if first in _FEMALE else ""
        person: bool | None = True if gender else None
        if not gender and any(key in _NOT_PEOPLE for key in keys):
            person = False
        if language == "pt" and not named and not gender:
            gender, person = ("f" if phrase[0].key == "a" else "m"), None
        if (
            language == "en"
            and person is None
            and len(keys) == 1
            and phrase[0].text.isupper()
            and len(keys[0]) > 1
        ):
            person = False  # "NASA"
        plural = phrase[0].key in ("os", "as")
        return Mention(phrase, index, gender, plural, person, subject, governed, acted_on, named=True)
    of = words("of de do da dos das")
    head = next((phrase[at - 1].key for at in range(1, len(phrase)) if phrase[at].key in of), phrase[-1].key)
    if language == "pt":
        feminine = phrase[0].key.endswith(("a", "as")) or (phrase[0].key.isdigit() and head.endswith("as"))
        plural = phrase[0].key.endswith("s") or phrase[0].key.isdigit()
        return Mention(phrase, index, "f" if feminine else "m", plural, None, subject, governed, acted_on)
    gender = "m" if head in _MEN else "f" if head in _WOMEN else ""
    single = head.removesuffix("s")
    plural = head in _PLURAL_NOUNS or (head.endswith("s") and not head.endswith(("ss", "us", "is")))
    human = bool(gender) or {head, single} & (_PEOPLE | _GROUPS | _MEN | _WOMEN) or head in _PLURAL_NOUNS
    if not plural and head in _GROUPS:
        human = False  # a company is "it", companies may be "they"
    return Mention(phrase, index, gender, plural, bool(human), subject, governed, acted_on)


def _with_pairs(sentence: Words, made: Sequence[Mention], language: Latin) -> Iterator[Mention]:
    """The mentions, and for "A and B" one more that is both; if A is a subject, so is B."""
    joiner = "and" if language == "en" else "e"
    joined = False
    for at, item in enumerate(made):
        if joined:
            item = replace(item, subject=True)
        yield item
        joined = False
        if at + 1 >= len(made):
            continue
        following = made[at + 1]
        inner = tuple(other for other in sentence if item.words[-1].end <= other.start < following.start)
        if len(inner) == 1 and inner[0].key == joiner and item.subject:
            joined = True
            both = (*item.words, *inner, *following.words)
            yield Mention(
                both, item.sentence, "m", True, item.person, subject=True, governed=False, pair=True
            )


def named_again(mention: Mention, language: Latin) -> Words:
    """How a claim names what was mentioned: "a phone" and "200 nurses" as "the phone", "the nurses"; () where unsure."""
    first = mention.words[0]
    if first.key in words(
        "his her its their this that these those seu sua seus suas este esta esse essa estes estas"
    ):
        return ()  # which points elsewhere itself
    if first.key.isdigit():
        if language == "en":
            return (word("the"), *mention.words[1:])
        last = mention.words[1].key
        article = "as" if last.endswith("as") else "os" if last.endswith("os") else ""
        return (word(article), *mention.words[1:]) if article else ()
    if first.key in ARTICLES[language] and first.text != first.text.lower():
        lower = Word(first.text.lower(), first.key, first.start, first.end, first.spaced)
        return definite((lower, *mention.words[1:]), language)
    return definite(mention.words, language)
