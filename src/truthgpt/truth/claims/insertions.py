"""What is set between commas or dashes in an English or Portuguese sentence, made a sentence of its own.

Relative clauses (", which opened in 1886,"), appositions (", mayor of Porto,"), ages, participles ("…, killing two"),
and whole clauses beside a semicolon, a colon or a dash. An apposition is put in the past where the sentence is about
somebody's birth, death or a year; else in the present.
"""

from __future__ import annotations

from collections.abc import Sequence

from truthgpt.truth.claims import english, portuguese
from truthgpt.truth.claims.clauses import held
from truthgpt.truth.claims.grammar import (
    ARTICLES,
    CONJUNCTIONS,
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
from truthgpt.truth.claims.words import Word, Words, carried, trimmed, word
from truthgpt.truth.lexicon import words

ROLES = {
    "en": words(
        "mayor president director minister professor ceo chairman chairwoman chair chief head founder co-founder owner author"
        " editor captain coach leader governor senator deputy lawyer spokesman spokeswoman spokesperson secretary teacher"
        " doctor nurse engineer actor actress singer writer journalist former manager general king queen prince princess"
        " bishop pope judge ambassador chancellor treasurer commissioner curator"
    ),
    "pt": words(
        "presidente prefeito prefeita diretor diretora ministro ministra professor professora fundador fundadora dono dona"
        " autor autora editor editora capitao treinador treinadora lider governador governadora senador senadora deputado"
        " deputada advogado advogada porta-voz secretario secretaria medico medica enfermeiro enfermeira engenheiro"
        " engenheira ator atriz cantor cantora escritor escritora jornalista ex-presidente ex-ministro ex-ministra gerente"
        " rei rainha bispo juiz juiza embaixador embaixadora vereador vereadora capital chefe"
    ),
}
_PAST_SIGNS = words("died born killed buried morreu nasceu faleceu born")
_ABOUT_THE_CLAUSE = words(
    "surprised surprises shocked angered means meant caused causes led leads made makes is was explains helped upset"
    " pleased worried annoyed allowed allows brought gives gave surpreendeu chocou irritou significa causou levou fez e"
    " era foi é permitiu explica provocou gerou deixou obrigou ajudou"
)
_LABELS = words(
    "breaking update news urgente atualizacao noticia ultima-hora edit note fact editado nota tldr psa fyi reminder aviso"
)
_NOT_SAID = words(
    "myth rumour rumor lie claim idea theory fear hope question plan dream warning headline report message rule promise"
    " joke example mito boato mentira ideia teoria medo esperanca pergunta plano sonho aviso mensagem regra promessa piada"
    " exemplo says said told wrote diz disse escreveu thinks believes acha acredita asked perguntou claims claimed following"
)


def parts(sentence: Words, language: Latin) -> list[Words]:
    """`sentence` without one insertion, and the insertion as a sentence, in the order of the text; else `[sentence]`."""
    for split in (_beside_marks, _after_subject, _at_end):
        found = split(sentence, language)
        if len(found) > 1:
            return found
    return [sentence]


def without_label(sentence: Words) -> Words:
    """Without "Breaking:" and its like in front."""
    if len(sentence) > 3 and sentence[0].key in _LABELS and sentence[1].key in (":", "-", "–", "—"):
        return sentence[2:]
    return sentence


def _beside_marks(sentence: Words, language: Latin) -> list[Words]:
    """Two whole clauses around a semicolon, a colon or a dash."""
    for index, item in enumerate(sentence):
        if item.key not in (";", ":", "—", "–", "-") or item.sheltered:
            continue
        if item.key == "-" and not (
            item.spaced and sentence[index + 1 : index + 2] and sentence[index + 1].spaced
        ):
            continue
        left, right = trimmed(sentence[:index]), trimmed(sentence[index + 1 :])
        if left and left[-1].key in PREPOSITIONS[language] | CONJUNCTIONS[language] | words("that que so"):
            return [sentence]
        if item.key != ";" and any(other.key == item.key for other in sentence[index + 1 :]):
            return [sentence]
        if not left or not right or (item.key != ";" and held(sentence, language)):
            return [sentence]
        if any(other.key in _conditions(language) for other in sentence if not other.sheltered):
            return [sentence]
        if item.key != ";" and any(other.key in _NOT_SAID for other in left):
            return [sentence]
        if any(other.key in _NOT_SAID and not other.sheltered for other in left[:6]) and item.key == ";":
            return [sentence]  # what follows may still be said by the same person
        if _is_clause(left, language) and _is_clause(right, language):
            return [left, right]
        return [sentence]
    return [sentence]


def _conditions(language: Latin) -> frozenset[str]:
    return words("if unless whether either provided") if language == "en" else words("se caso ou quer")


def _is_clause(sentence: Words, language: Latin) -> bool:
    main = main_verb(sentence, verbs(sentence, language), language)
    if main is None or main > 12:
        return False
    first = sentence[0].key
    if first in RELATIVES[language] | CONJUNCTIONS[language] | words(
        "like because although as than como porque"
    ):
        return False
    return (
        first in PREPOSITIONS[language]
        or is_subject(_plain(sentence[:main], language), language)
        or main <= 2
    )


def _plain(pre: Words, language: Latin) -> Words:
    end = len(pre)
    while end and pre[end - 1].key in NEGATIONS[language] | words(
        "also now still already tambem agora ainda ja se lhe"
    ):
        end -= 1
    return pre[:end]


def _after_subject(sentence: Words, language: Latin) -> list[Words]:
    """A subject, an insertion between two commas, and its verb."""
    commas = [index for index, item in enumerate(sentence) if item.key == "," and not item.sheltered]
    if len(commas) < 2 or held(sentence, language):
        return [sentence]
    first, second = commas[0], commas[1]
    subject, inner, rest = sentence[:first], sentence[first + 1 : second], sentence[second + 1 :]
    if not inner or not rest or verbs(subject, language) or not is_subject(subject, language):
        return [sentence]
    if any(item.key in NEGATIONS[language] for item in subject) or subject[0].key in SUBJECTS[language]:
        return [sentence]
    if not _verb_first((*subject[-1:], *rest), language):
        return [sentence]
    made = _insertion(subject, inner, sentence, language)
    return [made, (*carried(subject), *rest)] if made else [sentence]


def _verb_first(tail: Words, language: Latin) -> bool:
    """Whether a finite verb stands right after the first word of `tail`, or after an adverb."""
    found = verbs(tail, language)
    return (
        bool(found)
        and found[0] <= 2
        and all(item.key not in CONJUNCTIONS[language] for item in tail[1 : found[0]])
    )


def _insertion(subject: Words, inner: Words, sentence: Words, language: Latin) -> Words:
    """The sentence that an insertion makes with its subject; () where it makes none that is sure."""
    head, *_ = inner
    shared = carried(subject)
    if head.key in ("which", "who", "que") and len(inner) > 1:
        found = verbs(inner, language)
        return (*shared, *inner[1:]) if found and found[0] <= 2 else ()
    if any(item.key in CONJUNCTIONS[language] for item in inner[:1]) or verbs(inner, language)[:1] not in (
        [],
        [0],
    ):
        return ()
    past = _is_past(sentence)
    plural = _is_plural(subject, language)
    if language == "en":
        be = ("were" if plural else "was", "are" if plural else "is")
        participle = english.form(head.key) == "participle" or head.key in words(
            "known written given taken driven seen drawn"
        )
    else:
        be = ("foram" if plural else "foi", "são" if plural else "é")
        participle = portuguese.is_participle(head.key) and portuguese.form(head.key) == ""
    if participle and len(inner) > 1:
        follows = inner[1].key in PREPOSITIONS[language]
        return (*shared, word(be[0]), *inner) if follows else ()
    person = all(item.cased or item.key in ("de", "da", "dos", "do") for item in subject)
    if len(inner) == 1 and head.key.isdecimal() and 1 <= int(head.key) <= 120 and person and language == "en":
        return (*shared, word("is"), *inner)
    role = head.key in ROLES[language] or (head.key in ARTICLES[language] and len(inner) > 1)
    if not role or not person or len(inner) > 14 or any(item.mark for item in inner):
        return ()
    copula = ("era" if past else "é") if language == "pt" and not plural else be[0] if past else be[1]
    return (*shared, word(copula), *inner)


def _is_past(sentence: Words) -> bool:
    return any(item.key in _PAST_SIGNS or (item.key.isdecimal() and 1000 <= int(item.key[:4]) <= 1990 and len(item.key) == 4)
               for item in sentence)  # fmt: skip


def _is_plural(subject: Words, language: Latin) -> bool:
    if any(item.key in ("and", "e") for item in subject):
        return True
    if language == "pt":
        return subject[0].key in words("os as uns umas estes estas esses essas")
    prepositions = [index for index, item in enumerate(subject) if item.key in PREPOSITIONS["en"]]
    head = subject[(prepositions or [len(subject)])[0] - 1]
    return not head.cased and head.key.endswith("s") and not head.key.endswith(("ss", "us", "is"))


def _at_end(sentence: Words, language: Latin) -> list[Words]:
    """A clause, and after its last comma a relative clause or a participle that runs to the end."""
    commas = [index for index, item in enumerate(sentence) if item.key == "," and not item.sheltered]
    if not commas or held(sentence, language):
        return [sentence]
    comma = commas[-1]
    left, tail = sentence[:comma], sentence[comma + 1 :]
    if len(tail) < 2 or not verbs(left, language):
        return [sentence]
    if tail[0].key in ("which", "who", "que"):
        return _relative(left, tail, language) or [sentence]
    made = _participle(left, tail, language)
    return [left, made] if made else [sentence]


def _relative(left: Words, tail: Words, language: Latin) -> list[Words]:
    found = verbs(tail, language)
    if (
        not found
        or found[0] > 2
        or (tail[1].key in ("is", "was") and tail[2:3] and tail[2].key in ("why", "how", "when"))
    ):
        return []
    antecedent = last_phrase(left, language)
    if not antecedent:
        return []
    named = antecedent[0].cased
    about_clause = tail[found[0]].key in _ABOUT_THE_CLAUSE and not named
    if tail[0].key != "who" and about_clause and not (language == "pt" and _person(antecedent)):
        return []
    if tail[0].key == "which" and any(item.key in ("all", "most", "some", "both") for item in tail[:2]):
        return []
    return [left, (*carried(definite(antecedent, language)), *tail[1:])]


def _person(phrase: Sequence[Word]) -> bool:
    return phrase[-1].key in ROLES["pt"] | words(
        "avo mae pai irmao irma tio tia primo prima filho filha amigo amiga crianca homem mulher menino menina rapaz"
        " rapariga aluno aluna vizinho vizinha colega"
    )


def last_phrase(left: Words, language: Latin) -> Words:
    """The noun phrase at the end of `left`: a name, or an article and up to three words; () where it may be part of one."""
    at = len(left)
    while at and left[at - 1].cased and not left[at - 1].mark:
        at -= 1
    if at < len(left):
        before = left[at - 1].key if at else ""
        if before in words("of de do da dos das and e or ou"):
            return ()
        if before in ARTICLES[language] and language == "pt" and before in ("o", "a"):
            at -= 1
        elif before in ARTICLES[language]:
            return ()
        return left[at:] if at or len(left) == 1 else ()
    for size in range(2, 5):
        if size > len(left):
            break
        item = left[-size]
        if item.mark or item.key in PREPOSITIONS[language] - ARTICLES[language] | CONJUNCTIONS[language]:
            return ()
        if item.key in ARTICLES[language]:
            before = left[-size - 1].key if size < len(left) else ""
            fused = language == "pt" and item.key not in words(
                "o a os as um uma seu sua este esta meu minha seus suas"
            )
            inside = before in words("of de do da and e or ou") or fused
            return () if inside or verbs(left[-size:], language) else left[-size:]
    return ()


def definite(phrase: Words, language: Latin) -> Words:
    """With the definite article for an indefinite one: what has been named once is known from then on."""
    first = phrase[0]
    article = (
        {"a": "the", "an": "the"} if language == "en" else {"um": "o", "uma": "a", "uns": "os", "umas": "as"}
    )
    if first.key in article:
        return (word(article[first.key], spaced=first.spaced), *phrase[1:])
    return phrase


def _participle(left: Words, tail: Words, language: Latin) -> Words:
    """ "…, killing two people" with the subject and the past of its verb; () where that is not sure."""
    head = tail[0]
    found = verbs(left, language)
    main = main_verb(left, found, language)
    if main is None or len(found) > 1 or any(item.key in NEGATIONS[language] for item in left):
        return ()
    subject = left[:main]
    if any(item.mark for item in subject) or not is_subject(_plain(subject, language), language):
        return ()
    if language == "en":
        past = english.past_of(head.key)
        ok = english.form(left[main].key) in ("past", "participle") and left[main].key not in english.SAY
    else:
        past = portuguese.past_of(head.key, plural=portuguese.is_plural(left[main].key))
        ok = portuguese.form(left[main].key) == "past" and left[main].key not in portuguese.SAY
    if not past or not ok or form(tail[1], language) == "aux":
        return ()
    verb = Word(past, past, head.start, head.end, head.spaced)
    return (*carried(subject), verb, *tail[1:])
