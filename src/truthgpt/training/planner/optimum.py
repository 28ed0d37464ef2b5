"""Compute and a corpus in; the network and the tokens that make the most of them, and the loss to expect, out.

A law says what loss a network of N parameters reaches on D tokens: L = E + A / N^alpha + B / D^beta (Hoffmann et al. 2022,
arXiv:2203.15556, approach 3), where a run costs 6 N D FLOP. Three fits of that law stand here, and Llama 3's of the optimal
tokens alone. The choice is by the re-estimate of Besiroglu et al. 2024 (arXiv:2404.10102), whose errors are known; the
others say how far fits differ.

A corpus of U tokens may be read again. D tokens of which U are new are worth D' = U + U R*_D (1 - exp(-R_D / R*_D)) new ones,
R_D = D/U - 1 being the repetitions; parameters beyond U_N, for which U tokens are the optimum, count likewise by R*_N
(Muennighoff et al. 2023, arXiv:2305.16264, equation 17: R*_D = 15.39, R*_N = 5.31). These were fitted with their own law on
C4; that they hold with the other fits too is assumed. With U unbounded, or not all of it read, the laws are the plain ones.

Losses are nats a token on the authors' data, cut by their tokenizers. Posts are other text in other tokens: losses here rank
plans, they do not foretell what a run on posts will print.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError

Numbers = npt.NDArray[np.float64]

LINE: Final = 1e25
"""FLOP above which a general-purpose model is presumed to be of systemic risk: Regulation (EU) 2024/1689, Art. 51(2)."""
FITTED: Final = 1.3e22
"""FLOP of the largest of the 240 runs that the re-estimate is fitted to; what lies above is extrapolated."""
REPEATED_TOKENS: Final = 15.387756
"""R*_D of Muennighoff et al. 2023, appendix A."""
REPEATED_PARAMETERS: Final = 5.309743
"""R*_N of Muennighoff et al. 2023, appendix A."""

_LEAST, _MOST = 1e9, 1e35
_DRAWS: Final = 2_000
_TAILS: Final = (2.5, 97.5)
_HALVINGS: Final = 60
_SHORT: Final = 0.01
_ON: Final = (
    "loss in nats a token on {data}, not on posts: it ranks plans and foretells no figure of a run on posts"
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit of L = `e` + `a` / N^`alpha` + `b` / D^`beta`, by `source`, to runs on `data`."""

    name: str
    source: str
    data: str
    e: float
    a: float
    alpha: float
    b: float
    beta: float


HOFFMANN: Final = Fit(
    "Chinchilla", "Hoffmann et al. 2022, arXiv:2203.15556, approach 3", "MassiveText",
    1.6934, 406.4, 0.33917084, 410.7, 0.2849083,
)  # fmt: skip
"""To the digits of the paper's TeX source, as Besiroglu et al. 2024 found them; the two that the paper prints (E = 1.69, alpha =
0.34, beta = 0.28) put the optimum at 32 instead of 40 billion parameters at 5.76e23 FLOP."""
REESTIMATE: Final = Fit(
    "Chinchilla, re-estimated", "Besiroglu et al. 2024, arXiv:2404.10102", "MassiveText",
    1.8172, 482.01, 0.3478, 2085.43, 0.3658,
)  # fmt: skip
CONSTRAINED: Final = Fit(
    "data-constrained", "Muennighoff et al. 2023, arXiv:2305.16264, appendix A", "C4",
    math.exp(0.6254804), math.exp(6.255414), 0.3526596, math.exp(7.3049974), 0.3526596,
)  # fmt: skip
FITS: Final = (REESTIMATE, HOFFMANN, CONSTRAINED)

LLAMA: Final = (0.537, 0.299)
"""Llama 3's optimal tokens are 0.299 C^0.537 (Llama Team 2024, arXiv:2407.21783, figure 3). Its text rounds to (0.53, 0.29), which
at 3.8e25 FLOP give 10.5 trillion tokens, where it says 16.55; the figure's give 16.3."""

COVARIANCE: Final = (
    (6.66309712e-02, -2.77646128e-02, 2.13531609e-03, 3.97184372e-03, -1.39060263e-03),
    (-2.77646128e-02, 1.77221248e-01, 3.59985933e-03, -1.72364962e-03, 8.66686577e-03),
    (2.13531609e-03, 3.59985933e-03, 1.98814163e-04, 1.26120859e-04, 1.75369973e-04),
    (3.97184372e-03, -1.72364962e-03, 1.26120859e-04, 2.37082234e-04, -8.63851113e-05),
    (-1.39060263e-03, 8.66686577e-03, 1.75369973e-04, -8.63851113e-05, 4.24119805e-04),
)
"""Covariance of ln A, ln B, ln E, alpha and beta of the re-estimate.

Besiroglu et al. print standard errors alone: A 124.58, B 1293.23, E 0.03, alpha 0.02, beta 0.02. Taken as independent they would
spread the optimal size over a factor of two hundred, for A moves with alpha and B with beta (correlations above 0.999). This
is their bootstrap done again: 4,000 draws of the 240 runs that they publish (epoch-research/analyzing-chinchilla, the five of
highest loss left out), each fitted by Huber's loss of the logarithm, delta 0.001. Its errors are theirs: 124.5, 1293.2, 0.026,
0.015, 0.021.
"""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one fit holds best (or, of a size that is given, what it expects): `loss` is None where it speaks of tokens alone."""

    name: str
    source: str
    parameters: int
    tokens: int
    loss: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A run's `flop` beside the line of the EU AI Act: `times` as much, `above` it or not, and the `statement` to be shown."""

    flop: float
    times: float
    above: bool
    statement: str


@dataclass(frozen=True, slots=True)
class Optimum:
    """The choice for `flop` FLOP: `parameters`, and `tokens` to read, which are `epochs` of the `unique` ones (both None where
    the corpus is not bounded) and worth `effective` new ones. From `enough` FLOP on, no network gains 0.01 nats more from this
    corpus: what is spent beyond is spent on reading it again for nothing (None: the budget does not reach that far).

    The intervals run over all fits and over 95% of the re-estimate's draws; `loss_error` is its standard error alone, of
    `loss`. Where the size is `given`, its interval is the size. `on` says what the losses are losses of, `notes` what
    else to know.
    """

    flop: float
    parameters: int
    tokens: int
    unique: int | None
    epochs: float | None
    effective: int
    enough: float | None
    loss: float
    loss_error: float
    loss_interval: tuple[float, float]
    parameters_interval: tuple[int, int]
    tokens_interval: tuple[int, int]
    given: bool
    opinions: tuple[Opinion, ...]
    line: Line
    on: str
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The choice as JSON has it."""
        return dataclasses.asdict(self)


def optimum(flop: float, unique: int | None, parameters: int | None = None) -> Optimum:
    """What to train with `flop` FLOP on a corpus of `unique` tokens (None: as many as are wanted); with `parameters`, what comes
    of a network of that size.

    A network whose tokens pass some of its weights only counts by those; the laws are of dense ones.

    Raises `BadInputError` where the budget, the corpus or the size cannot be planned for.
    """
    if not _LEAST <= flop <= _MOST:
        raise BadInputError(
            f"a budget of {flop:g} FLOP cannot be planned; give one between {_LEAST:g} and {_MOST:g}"
        )
    _checked(unique)
    if parameters is not None and not 1 <= parameters <= flop / 6:
        raise BadInputError(
            f"{parameters} parameters cannot be trained with {flop:g} FLOP; give a size from 1 to {int(flop / 6)}"
        )
    bound = math.inf if unique is None else float(unique)
    opinions = tuple(_opinion(fit, flop, bound, parameters) for fit in FITS)
    chosen = opinions[0]
    drawn = _drawn()
    sizes = np.array([parameters], np.float64) if parameters else _best(drawn, flop, bound)
    losses = _loss(drawn, np.float64(chosen.parameters), np.float64(flop / 6 / chosen.parameters), bound)
    if parameters is None:
        llama = LLAMA[1] * flop ** LLAMA[0]
        # It knows of no repetition, nor of budgets at which it would read more than can be paid.
        if llama <= min(bound, flop / 6):
            source = "Llama Team 2024, arXiv:2407.21783, figure 3"
            opinions += (Opinion("Llama 3", source, round(flop / 6 / llama), round(llama), None),)
    low, high = _around(sizes, [one.parameters for one in opinions])
    found = [one.loss for one in opinions if one.loss is not None]
    tokens = flop / 6 / chosen.parameters
    epochs = None if unique is None else tokens / unique
    enough = _enough(flop, bound)
    return Optimum(
        flop=float(flop),
        parameters=chosen.parameters,
        tokens=chosen.tokens,
        unique=unique,
        epochs=epochs,
        effective=round(float(_worth(np.float64(tokens), np.float64(bound), REPEATED_TOKENS))),
        enough=enough,
        loss=found[0],
        loss_error=float(losses.std(ddof=1)),
        loss_interval=_around(losses, found),
        parameters_interval=(round(low), round(high)),
        tokens_interval=(round(flop / 6 / high), round(flop / 6 / low)),
        given=parameters is not None,
        opinions=opinions,
        line=line(flop),
        on=_ON.format(data=REESTIMATE.data),
        notes=_notes(flop, found[0], epochs, enough),
    )


def loss(parameters: float, tokens: float, unique: int | None = None, fit: Fit = REESTIMATE) -> float:
    """Nats a token that a network of `parameters` comes to on `tokens`, of which `unique` are new (None: all).

    Raises `BadInputError` where one of them is not a number above 0.
    """
    for what, number in (("parameters", parameters), ("tokens", tokens)):
        if not 0 < number < math.inf:
            raise BadInputError(f"{number} {what} have no loss; give a number above 0")
    _checked(unique)
    bound = math.inf if unique is None else float(unique)
    return float(_loss(_single(fit), np.float64(parameters), np.float64(tokens), bound)[0])


def flop_of(parameters: float, tokens: float) -> float:
    """FLOP of a run as the laws count them: two for each parameter and token forward, four backward, attention left out."""
    return 6.0 * parameters * tokens


def line(flop: float) -> Line:
    """Where `flop` FLOP of training stand to the line of Art. 51(2): above is above, 10^25 itself is not."""
    times = flop / LINE
    above = flop > LINE
    verdict = (
        "above it: the model is presumed to be of systemic risk, and the Commission is to be told within two weeks (Art. 52(1))"
        if above
        else "not above it: the model is not presumed to be of systemic risk by its compute"
    )
    statement = (
        f"{flop:.3g} FLOP are {times:.3g} times the line of 10^25 of the EU AI Act, Art. 51(2), {verdict}"
    )
    return Line(float(flop), times, above, statement)


def _checked(unique: int | None) -> None:
    if unique is not None and not 1 <= unique <= _MOST:
        raise BadInputError(
            f"a corpus of {unique} tokens cannot be planned for; give 1 to {_MOST:g}, or none where it is not bounded"
        )


def _opinion(fit: Fit, flop: float, bound: float, parameters: int | None) -> Opinion:
    law = _single(fit)
    size = float(parameters or max(1, round(float(_best(law, flop, bound)[0]))))
    tokens = flop / 6 / size
    found = float(_loss(law, np.float64(size), np.float64(tokens), bound)[0])
    return Opinion(fit.name, fit.source, round(size), max(1, round(tokens)), found)


@dataclass(frozen=True, slots=True)
class _Law:
    """Constants of n fits at once, each (n,)."""

    e: Numbers
    a: Numbers
    alpha: Numbers
    b: Numbers
    beta: Numbers


def _single(fit: Fit) -> _Law:
    return _Law(*(np.array([value]) for value in (fit.e, fit.a, fit.alpha, fit.b, fit.beta)))


@cache
def _drawn() -> _Law:
    """Fits that the re-estimate might have been: normal in the coordinates of `COVARIANCE`, the same each time."""
    fit = REESTIMATE
    mean = np.array([math.log(fit.a), math.log(fit.b), math.log(fit.e), fit.alpha, fit.beta])
    normal = np.random.default_rng(0).standard_normal((_DRAWS, len(mean)))
    a, b, e, alpha, beta = (mean + normal @ np.linalg.cholesky(np.array(COVARIANCE)).T).T
    return _Law(np.exp(e), np.exp(a), alpha, np.exp(b), beta)


def _worth(used: Numbers | np.float64, new: Numbers | np.float64, decay: float) -> Numbers:
    """How many new ones `used` ones are worth of which `new` are new."""
    first = np.minimum(used, new)
    return np.asarray(first * (1 - decay * np.expm1(-(used / first - 1) / decay)))


def _called_for(law: _Law, bound: float) -> Numbers:
    """U_N: parameters for which `bound` tokens, read once, are the optimum."""
    ratio = (law.alpha * law.a / (law.beta * law.b)) ** (1 / (law.alpha + law.beta))
    return np.asarray(ratio * (ratio * bound) ** (law.beta / law.alpha))


def _loss(law: _Law, parameters: Numbers | np.float64, tokens: Numbers | np.float64, bound: float) -> Numbers:
    size = _worth(parameters, _called_for(law, bound), REPEATED_PARAMETERS)
    read = _worth(tokens, np.float64(bound), REPEATED_TOKENS)
    return law.e + law.a * size**-law.alpha + law.b * read**-law.beta


def _best(law: _Law, flop: Numbers | float, bound: float) -> Numbers:
    """The optimal parameters of each fit, (n,), or of one fit for each of n budgets.

    Where the loss is least, a percent more parameters gain what a percent fewer tokens lose. Compared by their logarithms, the
    two stay apart even where both gain next to nothing, as on a corpus read a thousand times; halving finds where they meet.
    """
    new = _called_for(law, bound)
    high = np.log(flop / 6) + np.zeros_like(law.a)
    low = np.zeros_like(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        size = np.exp(middle)
        gained = _gain(size, new, law.a, law.alpha, REPEATED_PARAMETERS)
        lost = _gain(flop / 6 / size, np.float64(bound), law.b, law.beta, REPEATED_TOKENS)
        small = gained > lost
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _gain(used: Numbers, new: Numbers | np.float64, factor: Numbers, power: Numbers, decay: float) -> Numbers:
    """The logarithm of what the term `factor` / worth^`power` falls by as `used` grows, a part of itself."""
    first = np.minimum(used, new)
    worth = np.log(_worth(used, new, decay))
    return np.asarray(
        np.log(factor * power) + np.log(used) - (used / first - 1) / decay - (power + 1) * worth
    )


def _enough(flop: float, bound: float) -> float | None:
    """The least budget, up to `flop`, whose best loss is within `_SHORT` of the least that `bound` tokens allow; to 3%."""
    if math.isinf(bound):
        return None
    law = _single(REESTIMATE)
    size = _called_for(law, bound) * (1 + REPEATED_PARAMETERS)
    least = law.e + law.a * size**-law.alpha + law.b * (bound * (1 + REPEATED_TOKENS)) ** -law.beta
    budgets = np.geomspace(_LEAST, flop, _DRAWS)
    sizes = _best(law, budgets, bound)
    short = _loss(law, sizes, budgets / 6 / sizes, bound) - least <= _SHORT
    return float(budgets[short.argmax()]) if short.any() else None


def _around(drawn: Numbers, found: list[float] | list[int]) -> tuple[float, float]:
    """From the least to the most of 95% of `drawn` and all of `found`."""
    low, high = np.percentile(drawn, _TAILS)
    return min(float(low), *found), max(float(high), *found)


_NONE: Final = math.log(128_256)
"""Nats a token of a uniform guess among the tokens of a large vocabulary."""


def _notes(flop: float, loss: float, epochs: float | None, enough: float | None) -> tuple[str, ...]:
    notes = [
        "intervals hold the fits' spread and the re-estimate's errors with their covariance (its bootstrap, done again); not known, "
        "and so not in them, are the errors of R*_D and R*_N, the chance of a single run, and what other data and tokenizers do"
    ]
    if loss > _NONE:
        notes.append(
            f"a loss of {loss:.3g} is more than who guesses at random has: the law does not reach so far down"
        )
    if flop > FITTED:
        notes.append(
            f"{flop / FITTED:.3g} times the compute of the largest run that the choice is fitted to: an extrapolation"
        )
    if epochs is not None and epochs > 1:
        worth = (
            "nearly as good as new"
            if epochs <= 4
            else "worth less and less"
            if epochs <= 40
            else "worth next to nothing more"
        )
        notes.append(
            f"the corpus is read {epochs:.3g} times; what is read again is {worth} (Muennighoff et al. 2023)"
        )
    if enough is not None:
        notes.append(
            f"from {enough:.3g} FLOP on, less than {_SHORT} nats are left to gain: the corpus is short, not compute"
        )
    return tuple(notes)
