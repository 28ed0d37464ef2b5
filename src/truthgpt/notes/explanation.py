"""Why a note has its status, in a sentence."""

from __future__ import annotations

from collections.abc import Callable

from truthgpt.notes.decision import HELPFUL, NOT_HELPFUL, Decided, Side
from truthgpt.notes.thresholds import Rules, published

Sentence = Callable[[Decided, Rules], str]


def explain(decided: Decided, rules: Rules | None = None) -> str:
    """One English sentence that names the rule's number and how far it is from its threshold."""
    name = decided.rule.rpartition("/")[2]
    because = _BECAUSE.get(name, _by_name)(decided, rules or published().rules)
    return f"{_status(decided)}: {because}{_model(decided)}."


def _status(decided: Decided) -> str:
    if decided.status == HELPFUL:
        return "Shown with the post"
    return "Found not helpful" if decided.status == NOT_HELPFUL else "Needs more ratings"


def _model(decided: Decided) -> str:
    model = decided.rule.rpartition("/")[0]
    return f" ({model})" if model else ""


def _share(side: Side) -> str:
    """The share of a side's ratings that call the note helpful at least somewhat."""
    if not side.ratings:
        return "nobody"
    return f"{round(100 * (side.helpful + side.somewhat_helpful) / side.ratings)}%"


def _helpful(decided: Decided, rules: Rules) -> str:
    one, other = decided.sides
    if decided.upper is None:  # the first round alone: no rule has looked at the sides
        return f"with its raters' leanings taken away its score is {decided.intercept:.2f}, and {rules.helpful:.2f} is needed"
    return (
        f"raters of both sides find it helpful ({_share(one)} of {one.ratings} on one, {_share(other)} of {other.ratings} on the "
        f"other); with their leanings taken away its score is {decided.intercept:.2f}, and {rules.helpful:.2f} is needed"
    )


def _inertia(decided: Decided, rules: Rules) -> str:
    return (
        f"it was helpful before, and its score of {decided.intercept:.2f} has not fallen below "
        f"{rules.helpful - rules.inertia:.2f}"
    )


def _few(decided: Decided, rules: Rules) -> str:
    if decided.ratings < rules.needed:
        return f"{_ratings(decided.ratings)} so far, and {rules.needed} are needed"
    if decided.intercept is None:
        return f"it has {_ratings(decided.ratings)}, too few of them by people who rate often and foresee what both sides find"
    if decided.intercept >= rules.helpful:
        return "it says that the post is not misleading; such a note is not shown"
    return f"its score is {decided.intercept:.2f}, and {rules.helpful:.2f} is needed to be shown"


def _low(decided: Decided, rules: Rules) -> str:
    return f"its score is {decided.intercept:.2f}, {decided.margin:.2f} below the {rules.reject:.2f} that is worth waiting for"


def _below(decided: Decided, rules: Rules) -> str:
    limit = rules.not_helpful + rules.not_helpful_per_factor * abs(decided.factor or 0.0)
    return (
        f"raters of both sides find it not helpful; its score of {decided.intercept:.2f} is below {limit:.2f}"
    )


def _upper(decided: Decided, rules: Rules) -> str:
    return (
        f"even one more rating by the most favourable rater would leave its score at {decided.upper:.2f}, below "
        f"{rules.not_helpful_upper:.2f}"
    )


def _ratio(decided: Decided, rules: Rules) -> str:
    means = [side.mean or 0.0 for side in decided.sides]
    return (
        f"both sides rate it low, {means[0]:.2f} and {means[1]:.2f} of 1 on average, where {rules.side_mean:.2f} is the most "
        "for a note like this"
    )


def _needless(decided: Decided, rules: Rules) -> str:
    return f"it says that the post is not misleading, and its score of {decided.intercept:.2f} is below {rules.not_misleading:.2f}"


def _tags(decided: Decided, rules: Rules) -> str:
    return "raters near it give one reason against it far oftener than with other helpful notes"


def _incorrect(decided: Decided, rules: Rules) -> str:
    return "raters of its own side call it incorrect"


def _careless(decided: Decided, rules: Rules) -> str:
    return "raters of all sides find its facts or its sources wanting"


def _factor(decided: Decided, rules: Rules) -> str:
    one, other = decided.sides
    return (
        f"one side likes it far more than the other ({_share(one)} and {_share(other)} find it helpful): it leans by "
        f"{abs(decided.factor or 0.0):.2f}, and {rules.factor:.2f} is the most"
    )


def _minority(decided: Decided, rules: Rules) -> str:
    return f"too few on the side that gave fewer ratings find it helpful; {decided.margin:.0f} more are needed there"


def _balance(decided: Decided, rules: Rules) -> str:
    return "nearly all who find it helpful are on one side"


def _one_sided(decided: Decided, rules: Rules) -> str:
    return (
        f"too few who clearly stand on the other side find it helpful; {decided.margin:.0f} more are needed"
    )


def _locked(decided: Decided, rules: Rules) -> str:
    return "its status was settled two weeks after it was written, and stays"


def _reasons(decided: Decided, rules: Rules) -> str:
    return "its ratings do not say why; two reasons are needed, each from two raters"


def _by_name(decided: Decided, rules: Rules) -> str:
    return f"the rule {decided.rule} decided" if decided.rule else "nobody has scored it yet"


def _ratings(count: int) -> str:
    return "1 rating" if count == 1 else f"{count} ratings"


_BECAUSE: dict[str, Sentence] = {
    "InitialNMR": _few,
    "MetaInitialNMR": _few,
    "GeneralCRH": _helpful,
    "GeneralCRHInertia": _inertia,
    "GeneralCRNH": _below,
    "UcbCRNH": _upper,
    "RatioCRNH": _ratio,
    "NmCRNH": _needless,
    "TagFilter": _tags,
    "FilterIncorrect": _incorrect,
    "FilterLowDiligence": _careless,
    "FilterLargeFactor": _factor,
    "RejectLowIntercept": _low,
    "MinMinorityRaters": _minority,
    "RaterBalance": _balance,
    "OneSided": _one_sided,
    "ScoringDriftGuard": _locked,
    "InsufficientExplanation": _reasons,
}
