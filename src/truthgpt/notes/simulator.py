"""Raters and notes whose truth is known: for tests, for teaching, and to see how far a brigade gets.

A rater has an ideology and a leniency; a note has a quality, the side it pleases, and both are drawn from normal
distributions. What rater u would say of note n is

    quality_n + leniency_u + ideology_u · polarity_n + noise,

and they say "helpful" above two thirds, "not helpful" below one third, else "somewhat". Activity has a long tail: of
raters few rate most, and of notes few are rated by most (Zipf). A brigade is a share of raters who all lean one way, rate
the same notes at nearly the same time, and always for their side.

The truth that a model should find is `quality`: what a rater without ideology or leniency would say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes.ratings import Ratings

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FIRST = 1_700_000_000_000
"""When the first note is written, in milliseconds since 1970."""
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class World:
    """What is simulated. Raters and notes are counted in thousands or more; `ratings` is how many are drawn, of which those
    that repeat a pair are dropped.

    `divide` is how far apart the two camps of raters stand (their ideologies are ± `divide` with spread `spread`),
    `lopsided` the share of raters in the larger camp, `polar` the spread of the notes' polarities, `leniency` and `noise`
    those of raters' leniency and of single ratings, `tail` how steep activity is (0: all alike). `brigade` is a share
    of all raters, who vote `votes` times each on `targets` notes of low quality that they want shown.
    """

    raters: int = 2_000
    notes: int = 3_000
    ratings: int = 100_000
    divide: float = 0.4
    spread: float = 0.25
    lopsided: float = 0.5
    polar: float = 0.6
    mean: float = 0.55
    quality: float = 0.25
    leniency: float = 0.15
    noise: float = 0.15
    tail: float = 0.8
    brigade: float = 0.0
    targets: int = 60
    votes: int = 30

    def __post_init__(self) -> None:
        if self.raters < 2 or self.notes < 1 or self.ratings < 1:
            raise BadInputError("a world has at least two raters, a note and a rating")
        if not 0 <= self.brigade < 1 or not 0 < self.lopsided < 1:
            raise BadInputError("a brigade is a share of raters in [0, 1), the larger camp one in (0, 1)")


@dataclass(frozen=True, eq=False)
class Simulated:
    """Ratings, and the truth behind them. Arrays are in the order of `ratings.note_ids` and `ratings.rater_ids`.

    `quality` (notes,) is what all would say, `polarity` (notes,) the side a note pleases, `ideology` and `leniency`
    (raters,); `colluding` (raters,) marks the brigade and `targeted` (notes,) what it was after. `written` (notes,) is when,
    in milliseconds since 1970.
    """

    ratings: Ratings
    quality: Floats
    polarity: Floats
    ideology: Floats
    leniency: Floats
    colluding: Flags
    targeted: Flags
    written: npt.NDArray[np.int64]


def simulate(world: World, seed: int = 0) -> Simulated:
    """One world, always the same for a seed. Ids are written so that they sort in the order of their numbers."""
    dice = np.random.default_rng(seed)
    ideology = np.where(dice.random(world.raters) < world.lopsided, -1.0, 1.0) * world.divide
    ideology += dice.normal(0, world.spread, world.raters)
    leniency = dice.normal(0, world.leniency, world.raters)
    quality = dice.normal(0, world.quality, world.notes)
    polarity = dice.normal(0, world.polar, world.notes)
    written = FIRST + np.sort(dice.integers(0, 60 * DAY, world.notes))
    colluding = np.zeros(world.raters, np.bool_)
    colluding[dice.permutation(world.raters)[: round(world.brigade * world.raters)]] = True
    notes = dice.choice(world.notes, world.ratings, p=_activity(world.notes, world.tail / 2, dice))
    raters = dice.choice(world.raters, world.ratings, p=_activity(world.raters, world.tail, dice))
    times = written[notes] + dice.exponential(DAY, world.ratings).astype(np.int64)
    said = world.mean + quality[notes] + leniency[raters] + ideology[raters] * polarity[notes]
    values = _level(said + dice.normal(0, world.noise, world.ratings))
    targeted = np.zeros(world.notes, np.bool_)
    if colluding.any():
        # What they want shown is poor, and pleases their side; they agree on the hour.
        wanted = np.flatnonzero(quality < np.quantile(quality, 0.35))
        goal = dice.choice(wanted, min(world.targets, len(wanted)), replace=False)
        targeted[goal] = True
        members = np.flatnonzero(colluding)
        each = min(world.votes, len(goal))
        struck = np.concatenate([dice.choice(goal, each, replace=False) for _ in members])
        hours = written[struck] + 6 * 3_600_000 + dice.integers(0, 600_000, len(struck))
        notes, raters = np.concatenate([notes, struck]), np.concatenate([raters, np.repeat(members, each)])
        times, values = np.concatenate([times, hours]), np.concatenate([values, np.ones(len(struck))])
    note_names, rater_names = _names("n", world.notes), _names("r", world.raters)
    ratings = Ratings.of(note_names[notes], rater_names[raters], values, times=times)
    note_places = np.array([int(one[1:]) for one in ratings.note_ids])
    rater_places = np.array([int(one[1:]) for one in ratings.rater_ids])
    return Simulated(
        ratings,
        quality[note_places],
        polarity[note_places],
        ideology[rater_places],
        leniency[rater_places],
        colluding[rater_places],
        targeted[note_places],
        written[note_places],
    )


def _activity(count: int, tail: float, dice: np.random.Generator) -> Floats:
    """How probable each is to be drawn: Zipf's law, in a random order."""
    share = np.arange(1, count + 1, dtype=np.float64) ** -tail
    return np.asarray(dice.permutation(share / share.sum()))


def _level(said: Floats) -> Floats:
    return np.asarray(np.where(said > 2 / 3, 1.0, np.where(said < 1 / 3, 0.0, 0.5)))


def _names(letter: str, count: int) -> npt.NDArray[np.str_]:
    width = len(str(count - 1))
    return np.array([f"{letter}{number:0{width}d}" for number in range(count)])
