"""From posts found to evidence: what may be cited, in which order, and whether it answers the question at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest

from truthgpt.answer import passages
from truthgpt.answer.corrections import corrects, denies, is_denial
from truthgpt.answer.coverage import Encoder, covered
from truthgpt.answer.injection import addresses_assistant
from truthgpt.answer.kinds import QUANTITIES
from truthgpt.answer.passages import Passage
from truthgpt.answer.question import Question
from truthgpt.answer.schema import Evidence
from truthgpt.answer.words import content_terms
from truthgpt.answer.years import asked, may_tell_of, named
from truthgpt.corpus.post import Post
from truthgpt.notes.decision import Decided
from truthgpt.notes.stored import StoredNote
from truthgpt.search.searcher import Hit

FOUND = 24
"""Posts that search brings for a question, copies counted once."""
KEPT = 8
"""Pieces of evidence that an answer may cite."""
FOUND_OPINIONS, KEPT_OPINIONS = 48, 12
"""The same where an opinion is asked for: several sides are to be heard."""
_SAME_CLAIM = 0.5
"""Share of a claim's tokens, by weight, that another passage must have to make the same claim."""
_A_COMMUNITY = 4
"""Pieces of evidence that one community may give, so that a loud one does not fill the page."""
_ANSWERS, _ASIDE = 0.2, 0.5
"""Probability of a passage from which it is taken to answer the question, and the same where its post lacks the question's names or most of
its words."""
_READ_ANSWERS, _READ_ASIDE = 0.25, 0.35
"""The same of one that the network read: what comes nearest is shown, as such (`schema.OUTRIGHT`)."""
_NAMED = 0.6
"""Share of the question's names that a post must have: of two, both."""
_COVERED = 0.28
"""Share of the question's tokens, by weight, that such a post must have."""
_HEAD = 0.2
"""How far a passage must have that word, or one near it."""
_RELEVANT = 0.02
"""Probability of its best passage below which a post is no evidence."""
_OPENING = 300
"""Characters of a text that many repeat which tell what it claims."""
_COPIED, _LEADING = 5, 3
"""Copies from which a text is one that many repeat; how far from the best such a post is looked for."""
_SPEAKS = 0.15
"""The same below which a post is no voice on a question of opinion."""
_CORRECTIONS = 3
"""Corrections that are brought to a claim."""
_SERIES = 0.4
"""Share of the shorter passage's words that two of one series have in common."""
_EARLIER = 0.5
"""What an earlier number of a series keeps of its probability to be the answer."""
_NEVER = datetime.min.replace(tzinfo=UTC)

Standing = tuple[StoredNote, Decided]
"""A note that raters who usually disagree find helpful, and why it is shown."""
NotesOf = Callable[[Sequence[str]], Mapping[str, Sequence[Standing]]]
"""Posts' ids to the notes that stand with each; a post without one may be left out."""
Find = Callable[[str, int], Sequence[Hit]]
"""A text and a limit to the posts that speak of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A post that may be cited, independent of the other pieces: copies of one text are one piece.

    `corrected` counts the authors of other pieces that correct what it says; `correcting` says that it is one of those.
    `notes` stand with the post.
    """

    post: Post
    copies: int
    passage: Passage
    others: tuple[Passage, ...]
    corrected: int = 0
    correcting: bool = False
    notes: tuple[Standing, ...] = ()

    @property
    def relevance(self) -> float:
        """How likely its best passage answers, by words alone, which are known of every post."""
        return self.passage.by_words

    def as_schema(self, stance: str = "neutral", quoted: Passage | None = None) -> Evidence:
        """The post as an answer gives it; its passage is `quoted`, or the one it was found by where none of it is quoted."""
        post, passage = self.post, quoted or self.passage
        return Evidence.model_validate(
            {
                "id": post.id,
                "text": post.text,
                "community": post.community,
                "author": post.author,
                "created_at": post.created_at,
                "stance": stance,
                "relevance": round(min(1.0, self.relevance), 4),
                "copies": self.copies,
                "url": post.url,
                "passage": (passage.start, passage.end),
            }
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence that may be cited, best first, and how many independent posts each community has of all that was found."""

    pieces: list[Piece]
    voices: dict[str, int]


def gather(question: Question, find: Find, encoder: Encoder) -> Gathered:
    """The evidence for `question`; posts that address the assistant are left out.

    `find` searches the posts. Where an opinion is asked for, the communities take turns, so that each is heard.
    """
    opinion = question.expects == "opinion"
    found = _pieces(question, find(question.text, FOUND_OPINIONS if opinion else FOUND), encoder)
    pieces = [piece for piece in found if piece.relevance >= (_SPEAKS if opinion else _RELEVANT)]
    if opinion:
        return Gathered(
            _in_turns(pieces)[:KEPT_OPINIONS], dict(Counter(piece.post.community for piece in pieces))
        )
    if question.expects in QUANTITIES and not named(question.text):
        pieces = _latest_of_series(pieces, question.language)
    return Gathered(_with_corrections(question, _without_crowding(pieces), find, encoder), {})


def with_notes(pieces: Sequence[Piece], notes_of: NotesOf) -> list[Piece]:
    """The pieces with the notes that stand with their posts."""
    standing = notes_of([piece.post.id for piece in pieces]) if pieces else {}
    return [replace(piece, notes=tuple(standing.get(piece.post.id, ()))) for piece in pieces]


def _with_corrections(question: Question, pieces: list[Piece], find: Find, encoder: Encoder) -> list[Piece]:
    """At most `KEPT` pieces, among them what corrects the first that claims something."""
    claims = [piece for piece in pieces if not denies(piece.post.text)]
    if not claims:
        return pieces[:KEPT]
    claim = next((piece for piece in claims[:_LEADING] if piece.copies >= _COPIED), claims[0])
    corrections = _corrections(question, claim, pieces[:KEPT], find, encoder)
    if not corrections:
        return pieces[:KEPT]
    voices = len({piece.post.author or piece.post.id for piece in corrections})
    said = encoder.tokens(_claimed(claim))
    correcting = {piece.post.id for piece in corrections}
    kept = [piece for piece in pieces if piece.post.id not in correcting][: KEPT - len(corrections)]
    judged = [
        replace(piece, corrected=voices)
        if covered(said, piece.passage.text, encoder) >= _SAME_CLAIM and not denies(piece.post.text)
        else piece
        for piece in kept
    ]
    return sorted(judged + corrections, key=_place)


def _corrections(
    question: Question, claim: Piece, pieces: Sequence[Piece], find: Find, encoder: Encoder
) -> list[Piece]:
    """Posts that correct what `claim` says, from `pieces` and from further searches, at most `_CORRECTIONS`.

    Who corrects a rumour uses the rumour's words, not the question's, so that its text is searched for; and who corrects
    it in words of their own uses those of another correction.
    """
    claimed = _claimed(claim)
    found: dict[str, Piece] = {}

    def take(candidates: Sequence[Piece]) -> None:
        for piece in candidates:
            text = piece.post.text
            if corrects(
                text,
                claimed,
                question.text,
                encoder,
                copied=claim.copies >= _COPIED,
                asserted=question.expects == "statement" and not question.wants,
            ) or (
                denies(text)
                and any(
                    covered(encoder.tokens(words), text, encoder) >= _SAME_CLAIM
                    for other in found.values()
                    for words in (other.passage.text, denial_of(other))
                )
            ):
                found.setdefault(piece.post.id, replace(piece, correcting=True))

    take(pieces)
    for text in (claimed, *(denial_of(piece) for piece in list(found.values())[:2])):
        take(_pieces(question, [hit for hit in find(text, FOUND) if denies(hit.post.text)], encoder))
    return list(found.values())[:_CORRECTIONS]


def _claimed(piece: Piece) -> str:
    """What a post claims: its passage, or the opening of a text that many repeat."""
    return piece.post.text[:_OPENING] if piece.copies >= _COPIED else piece.passage.text


def denial_of(piece: Piece) -> str:
    """The sentence of a correction that denies, else its best."""
    return next(
        (one.text for one in (piece.passage, *piece.others) if is_denial(one.text)), piece.passage.text
    )


def _pieces(question: Question, hits: Sequence[Hit], encoder: Encoder) -> list[Piece]:
    # Whether something was so in a year, a post that puts it in another may deny; opinions have no year.
    years = asked(question.text) if question.expects not in ("statement", "opinion") else frozenset()
    usable = [hit for hit in hits if may_tell_of(years, hit.post) and not addresses_assistant(hit.post.text)]
    ranked = passages.rank(question, usable, encoder)
    pieces = [
        Piece(hit.post, hit.copies, found[0], tuple(found[1:7]))
        for hit, found in zip(usable, ranked, strict=True)
        if found
    ]
    return sorted(pieces, key=_place)


def _place(piece: Piece) -> tuple[bool, float]:
    """By which pieces are put in order: those that can answer first, the likeliest of them first."""
    return not piece.passage.speaks, -piece.passage.probability


def _without_crowding(pieces: Sequence[Piece]) -> list[Piece]:
    kept: list[Piece] = []
    taken: Counter[str] = Counter()
    for piece in pieces:
        community = piece.post.community
        if taken[community] < _A_COMMUNITY or not community:
            taken[community] += 1
            kept.append(piece)
    return kept


def _in_turns(pieces: Sequence[Piece]) -> list[Piece]:
    """The best of each community, then the second of each, communities with more voices first."""
    sides: dict[str, list[Piece]] = {}
    for piece in pieces:
        sides.setdefault(piece.post.community, []).append(piece)
    order = sorted(sides.values(), key=lambda side: (-len(side), side[0].post.community))
    rounds = zip_longest(*order)
    return [piece for turn in rounds for piece in turn if piece is not None]


def answers(question: Question, pieces: Sequence[Piece]) -> bool:
    """Whether the evidence answers the question, rather than only being about its subject."""
    return any(answering(piece.passage) for piece in pieces)


def answering(passage: Passage) -> bool:
    """Whether the passage is taken to answer: it can, holds what is asked for, and is likely enough to be meant."""
    if not passage.speaks or not passage.satisfies or (passage.head < _HEAD and not passage.meant):
        return False
    meant = passage.meant or (passage.names >= _NAMED and passage.covered >= _COVERED)
    enough, aside = (_READ_ANSWERS, _READ_ASIDE) if passage.answers is not None else (_ANSWERS, _ASIDE)
    return passage.probability >= (enough if meant else aside)


def _latest_of_series(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Of passages that give one number at several times, the latest stands first and the earlier ones step back.

    Passages are of one series where they share most of their words, numbers aside, and differ in their numbers.
    """
    dated = sorted(
        (piece for piece in pieces if piece.post.created_at),
        key=lambda piece: piece.post.created_at or _NEVER,
    )
    latest: list[tuple[Piece, frozenset[str], frozenset[str]]] = []
    moved: dict[str, float] = {}
    for piece in reversed(dated):
        words, numbers = _words_and_numbers(piece.passage.text, language)
        series = next((one for one in latest if _same_series(one[1], words) and one[2] != numbers), None)
        if series is None:
            latest.append((piece, words, numbers))
            continue
        head = series[0].post.id
        likely = piece.passage.probability
        moved[head] = max(moved.get(head, series[0].passage.probability), likely)
        moved[piece.post.id] = likely * _EARLIER
    changed = [
        replace(
            piece,
            passage=replace(piece.passage, probability=moved.get(piece.post.id, piece.passage.probability)),
        )
        for piece in pieces
    ]
    return sorted(changed, key=_place)


def _words_and_numbers(text: str, language: str) -> tuple[frozenset[str], frozenset[str]]:
    stems = {stem for stem, _ in content_terms(text, language)}
    numbers = frozenset(stem for stem in stems if any(character.isdigit() for character in stem))
    return frozenset(stems - numbers), numbers


def _same_series(words: frozenset[str], others: frozenset[str]) -> bool:
    return len(words & others) >= max(3, _SERIES * min(len(words), len(others)))
