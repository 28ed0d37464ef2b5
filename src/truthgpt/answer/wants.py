"""What would answer, beyond the kind of thing: a reason to "why", a way to "how", to "what is X" what X is, to "which is
better" a comparison, to "should we" what somebody thinks of it or what comes of it.

All patterns are matched on plain text (`corpus.fold.plain`: lower case, no accents), in English, Portuguese and Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import regex

from truthgpt.corpus.fold import plain
from truthgpt.truth.claims import english

Want = Literal["reason", "way", "meaning", "comparison", "view", ""]


def _any(*patterns: str) -> regex.Pattern[str]:
    return regex.compile("|".join(patterns))


_NAME = r"[\p{L}\p{N}'-]+(?: [\p{L}\p{N}'-]+){0,2}\W*$"
_ASKS: Final[tuple[tuple[Want, regex.Pattern[str]], ...]] = (
    (
        "reason",
        _any(
            r"^\W*(?:(?:so|and|but) )?(?:why\b|how come\b|what (?:caused?|causes|led to|(?:is|was) the (?:reason|cause)|made|makes)\b)",
            r"^\W*(?:por ?que\b|o que (?:causou|causa|levou)\b|qual (?:e|foi) (?:a causa|o motivo|a razao)\b)|为什么|为何|原因",
        ),
    ),
    (
        "way",
        _any(
            r"^\W*(?:(?:so|and|but) )?how (?:do|can|could|should|would|to|might)\b|^\W*what (?:should|can|could) (?:i|we|you|one) do\b",
            r"^\W*what (?:is|are|'s) the (?:best|easiest|right|fastest|safest|cheapest) ways?\b",
            r"^\W*(?:como (?:posso|podemos|devo|se|e que (?:se|eu|posso)|fazer|\w+r)\b|qual (?:e )?a melhor (?:forma|maneira)\b)",
            r"如何|怎么(?!看|样)|怎样",
        ),
    ),
    ("comparison", _any(r"\b(?:better|worse|safer|cheaper|healthier|melhor|pior)\b.{1,60}\b(?:than|do que|que)\b")),
    (
        "view",
        _any(
            r"^\W*(?:(?:so|and|but) )?(?:should|shall|ought)\b|^\W*what do (?:people|you|they) (?:think|say|feel)\b",
            r"^\W*(?:is|are) .{0,60}\b(?:good|bad|right|wrong|fair|worth|justified)\b",
        ),
    ),
    (
        "meaning",
        _any(
            rf"^\W*(?:who|what) (?:is|was|are|were) (?!(?:it|the|this|that|your|my)\b)(?:an? )?{_NAME}",
            rf"^\W*(?:quem|o que) (?:e|foi|era|sao) (?:um |uma |o |a )?{_NAME}|^[^，。]{{1,12}}是(?:什么|谁)\W*$|^(?:什么|谁)是",
        ),
    ),
)  # fmt: skip

_REASON = _any(
    r"\b(?:because|cause[sd]?|causing|due to|since|reasons?|results? (?:of|in|from)|resulted|le(?:d|ads?) to|thanks to|so that|in order to)\b",
    r"\b(?:owing to|comes? from|came from|explain(?:s|ed)?|blame[sd]?|therefore|(?:that|which)(?:'s| is| was) why|hence|trigger(?:s|ed)?)\b",
    r"\b(?:as a result|stems? from|driven by|thus|for lack of|out of (?:fear|need|habit)|to (?:avoid|keep|protect|prevent))\b",
    r"\b(?:porque|por causa|devido|causad\w+|causou|causas?|razao|razoes|motivos?|gracas a|pois|ja que|uma vez que|resultado|por isso)\b",
    r"\b(?:provoc\w+|leva\w* a|para (?:que|evitar|fugir))\b|因为|由于|所以|因此|导致|原因|造成|为了|使得|引起",
)
_WAY = _any(
    r"\byou(?:'ll|'d| will| would| can| could| should| need| have to| must| want to| may| might| simply| just|'ve got to)\b",
    r"\bby (?:\w+ly )?\w+ing\b|\b(?:try|use|using|start(?:ing)? (?:with|by|small|out)|make sure|avoid|recommend\w*|suggest\w*)\b",
    r"\b(?:helps?|helped|worked|works|trick|key|the best|steps?|methods?|techniques?|ways? (?:to|of|is|i)|need to|have to|should|must)\b",
    r"\b(?:ought to|instead of|through|learned to|fixed|solved|solution|rule of thumb|tips?|advice)\b",
    r"\b(?:tente|tentem|use|usar|usando|deves?|devem?|podes?|podem?|basta|convem|recomendo|ajuda\w*|funciona\w*|atraves|evite|evitar)\b",
    r"\b(?:maneira de|forma de|e preciso|tem de|tens de)\b|可以|需要|应该|必须|先|通过|用|建议|方法|步骤|最好|只要|不要|避免|多",
)
# "I need to fix this", "I know I should be glad": what its author lacks is a way to nobody.
_OWN_NEED = _any(
    r"\b(?:i|we)(?:'ve| have)? (?:\w+ ){0,2}?(?:need|have|had|got|ought|should|must)(?: to)?\b",
    r"\b(?:preciso|tenho de|tenho que|devo|deveria)\b|我(?:需要|应该|必须|得)",
)
_COMPARISON = _any(
    r"\b(?:than|compared|comparison|unlike|whereas|vs|versus|prefer\w*|better|worse|best|worst|superior|inferior|beats?|outperform\w*|instead)\b",
    r"\b(?:(?:do )?que|melhor|pior|comparad[oa]|enquanto|prefir\w+)\b|比|更|不如|最",
)
_VIEW = _any(
    r"\b(?:should|must|ought|needs?|needed|necessary|let's|let us|hop(?:e|es|ing)|wish\w*|wants?|wanted|demand\w*)\b",
    r"\bcall(?:s|ed|ing)? (?:for|on|it|them)\b|\burge[sd]?\b",
    r"\b(?:favou?r\w*|support\w*|oppos\w+|against|pro|anti|for it|defend\w*|reject\w*|agree\w*|disagree\w*|approv\w+|critici[sz]\w+|condemn\w*)\b",
    r"\b(?:think|thinks|believ\w+|feel|feels|felt|opinions?|views?|sceptic\w*|skeptic\w*|upset|angry|outrage\w*|concern\w*|fear\w*|worr\w+|afraid|regret\w*)\b",
    r"\b(?:wrong|right|good|bad|better|worse|best|worst|great|terrible|awful|evil|moral\w*|immoral|fair|unfair|stupid|ridiculous|crazy|absurd|love|hate|like)\b",
    r"\b(?:harm\w*|hurt\w*|benefit\w*|danger\w*|safe\w*|risk\w*|costs?|saves?|sav(?:e|ed|ing)|wast\w+|fail\w*|succe\w+|helps?|helped|worth\w*|useless|useful|violat\w+|abus\w+"
    r"|ruin\w*|murder|problem\w*|effective\w*|advantage\w*|lead[s]? to|prevent\w*|protect\w*)\b",
    r"\b(?:deve\w*|dev(?:ia|iam)|precis\w+|apoi\w+|contra|a favor|acho|acha\w*|pens\w+|acredit\w+|bom|boa|mau|ma|melhor\w*)\b",
    r"\b(?:pior\w*|errad\w+|cert[oa]|perig\w+|vale\w*)\b",
    r"应该|必须|需要|支持|反对|认为|觉得|好|坏|对|错|危险|值得|不该|有害|有利|问题|最|希望",
)
_IS = r"(?:is|was|are|were|'s|means?|meant|refers? to|stands? for|consists? of|describes?|e|foi|era|sao|significa|refere-se)"
_ROLE = r"(?:an?|the|who|which|one|um|uma|o|a|que)"


def wanted(question: str) -> Want:
    """What the question wants, "" where its kind alone tells."""
    asked = plain(question)
    return next((want for want, pattern in _ASKS if pattern.search(asked)), "")


def gives(sentence: str, want: Want, subject: Sequence[str]) -> bool:
    """Whether `sentence` has the form of what is wanted; `subject` are the words whose meaning is asked for."""
    line = plain(sentence)
    if want == "reason":
        return _REASON.search(line) is not None
    if want == "way":
        return _WAY.search(_OWN_NEED.sub(" ", line)) is not None or _bids(line)
    if want == "comparison":
        return _COMPARISON.search(line) is not None
    if want == "view":
        return _VIEW.search(line) is not None
    return want != "meaning" or not subject or _defines(line, subject[-1])


def _defines(line: str, word: str) -> bool:
    """Whether `line` says what `word` is: "Paleo is …", "Paleo, a diet …"."""
    word = regex.escape(word)
    return (
        regex.search(
            rf"\b{word}s?[\"'”’)]*(?: \([^)]*\))?(?: \w+)? {_IS} |\b{word}\w*[\"'”’)]*(?:,| -| –|:) ?{_ROLE} |{word}(?:是|指|就是)",
            line,
        )
        is not None
    )


def _bids(line: str) -> bool:
    """Whether a clause opens with the bare form of a verb ("Ignore the dog until it stops")."""
    first = regex.match(r"\W*(?:(?:just|simply|always|first|then|never|don't|do not)\W+)*([a-z]+)", line)
    return first is not None and english.form(first.group(1)) == "base"
