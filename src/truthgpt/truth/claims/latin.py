"""The steps for English and Portuguese: what is left out filled in, taken apart, pronouns replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from truthgpt.truth.claims import clauses, ellipsis, insertions, pronouns
from truthgpt.truth.claims.claim import Claim
from truthgpt.truth.claims.grammar import Latin
from truthgpt.truth.claims.kinds import kind_of
from truthgpt.truth.claims.mentions import Mention, mentions
from truthgpt.truth.claims.source import KEPT, MAX_CONTEXT, inner
from truthgpt.truth.claims.words import Word, Words, carried, ended, trimmed, words_of, write
from truthgpt.truth.claims.worth import worth_of
from truthgpt.truth.lexicon import words
from truthgpt.truth.sentences import Span, split

MAX_WORDS = 120
"""Words of a sentence that is taken apart; a longer one is no sentence that these rules know, and stays whole."""
_LEADS = {
    "en": words("and but so also however meanwhile besides moreover furthermore additionally yes no well"),
    "pt": words("e mas porem tambem entretanto contudo entao alem sim pois"),
}


def latin(text: str, spans: Sequence[Span], context: str, language: Latin) -> list[Claim]:
    """The claims of the sentences `spans` of `text`."""
    claims: list[Claim] = []
    discourse = pronouns.Discourse(_context_mentions(context, language))
    before: list[Words] = []
    for index, span in enumerate(spans):
        begin, end = inner(text, span)
        sentence = words_of(text, begin, end)
        if all(item.mark for item in sentence):
            continue
        kind = kind_of(text[begin:end], language)
        if kind in ("question", "command", "talk") or len(sentence) > MAX_WORDS:
            line = write(ended(sentence))
            claims.append(Claim(line, begin, end, index, kind, worth_of(line, kind, language)))
            if kind != "talk":
                discourse.known.extend(mentions(sentence[:MAX_WORDS], index, language))
            del discourse.known[:-KEPT]
            before = []
            continue
        sentence = _stripped(sentence, language)
        added: list[tuple[str, str]] = []
        if full := ellipsis.completed(sentence, before, language):
            added.append(("", write([item for item in full if item.carried])))
            sentence = full
        elif language == "pt":
            subject = ellipsis.subject_left_out(sentence, _last_subject(discourse.known, index))
            if subject:
                added.append(("", write(subject)))
                lower = _lowered(sentence)
                sentence = (*carried(tuple(_sourceless(subject))), *lower)
        here = mentions(
            tuple(item for item in sentence if not item.carried or item.start >= 0), index, language
        )
        discourse.known.extend(here)
        before = []
        for part in _apart(sentence, language):
            found = pronouns.resolve(part, discourse, index, language)
            before.append(found.words)
            claims.append(_claim(found, added, index, language, (begin, end)))
        del discourse.known[:-KEPT]
    return claims


def _sourceless(phrase: Words) -> list[Word]:
    return [replace(item, start=-1, end=-1) for item in phrase]


def _claim(
    found: pronouns.Resolution,
    added: Sequence[tuple[str, str]],
    index: int,
    language: Latin,
    bounds: tuple[int, int],
) -> Claim:
    line = write(ended(found.words))
    own = [item for item in found.words if not item.carried and item.start >= 0] or []
    start, end = (own[0].start, own[-1].end) if own else bounds
    kind = kind_of(line, language)
    return Claim(
        line,
        start,
        end,
        index,
        kind,
        worth_of(line, kind, language, unresolved=bool(found.unresolved)),
        (*added, *found.resolved),
        found.unresolved,
    )


def _context_mentions(context: str, language: Latin) -> list[Mention]:
    tail = context[-MAX_CONTEXT:]
    letters = [item for item in tail.split() if item[0].isalpha()]
    if sum(item[0].isupper() for item in letters) > max(3, len(letters) * 0.6):
        return []  # a Title In Capitals does not tell names
    spans = split(tail)
    made = [
        mention
        for index, span in enumerate(spans)
        for mention in mentions(
            words_of(tail, span.start, span.end)[:MAX_WORDS], index - len(spans), language
        )
    ]
    # Offsets in the context are none in the text.
    return [replace(item, words=tuple(_sourceless(item.words))) for item in made[-KEPT:]]


def _last_subject(known: Sequence[Mention], sentence: int) -> Mention | None:
    """The one subject of the sentence before; None where there is none or more than one."""
    here = [item for item in known if item.sentence == sentence - 1 and item.subject]
    joined = [item for item in here if any(word.key == "e" for word in item.words)]
    here = joined or here
    return here[0] if len(here) == 1 else None


def _stripped(sentence: Words, language: Latin) -> Words:
    """Without "But", "However," and "Breaking:" in front."""
    sentence = insertions.without_label(sentence)
    while len(sentence) > 3 and sentence[0].key in _LEADS[language]:
        rest = sentence[2:] if sentence[1].key == "," else sentence[1:]
        if sentence[1].key != "," and (sentence[0].key not in ("and", "but", "e", "mas") or sentence[1].mark):
            break
        sentence = rest
    return sentence


def _lowered(sentence: Words) -> Words:
    first = sentence[0]
    return (replace(first, text=first.text.lower(), spaced=True), *sentence[1:])


def _apart(sentence: Words, language: Latin) -> list[Words]:
    """`sentence` taken apart until nothing more comes off, its parts in the order of the text."""
    done: list[Words] = []
    todo = [sentence]
    while todo:
        piece = todo.pop()
        if len(done) + len(todo) > MAX_WORDS:
            done.append(piece)
            continue
        for step in (insertions.parts, clauses.parts):
            made = step(piece, language)
            if len(made) > 1:
                todo.extend(reversed([trimmed(part) for part in made if part]))
                break
        else:
            done.append(piece)
    return done
