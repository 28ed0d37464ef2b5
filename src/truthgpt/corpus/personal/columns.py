"""The two column expressions: where personal data stands in each text, and each text with it masked.

Nearly every post holds nothing. One pass of a regular expression in Rust for each sort of finding (0.2 to 1.5
microseconds on 750 characters) leaves some four rows of a hundred, and only those are looked at in Python.
"""

from __future__ import annotations

from typing import Any

import daft
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Expression, Series, lit
from daft.functions import regexp, when

from truthgpt.corpus.personal.find import MAIL, NETWORK, NUMBER, PLACE, find
from truthgpt.corpus.personal.mask import mask

SPANS = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
"""The type of a column of spans: characters (code points), end exclusive."""

_UNSEEN = "\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufe0f\u20e3"
_DIGIT = "[0-9\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\U0001d7ce-\U0001d7ff]"
_BETWEEN = rf"[ ()./\-\u00a0\u2010-\u2015\u2212\u3000\uff08\uff09\uff0d\uff0e{_UNSEEN}]{{0,4}}"

# What a text must hold before Python looks at it. Each is wider than what the finders accept.
_MAIL = (
    r"[0-9A-Za-z\u00c0-\u024f_.'+%\uff10-\uff5a-]\s?[@\uff20]\s?[0-9A-Za-z\u00c0-\u024f\uff10-\uff5a-]+\s?[.\uff0e]"
    rf"|[0-9A-Za-z_.@\uff20][{_UNSEEN}]+[0-9A-Za-z_.@\uff20]"
    r"|[\[({<\uff08\u3010]\s?(?:[Aa][Tt]|[Aa]rroba|ARROBA|[aA@]|艾特)\s?[\])}>\uff09\u3011]|艾特|_at_"
    r"|\s(?:[Aa][Tt]|[Aa]rroba|ARROBA)\s[0-9A-Za-z\u00c0-\u024f-]+(?:\s(?:[Dd][Oo][Tt]|[Pp]onto|PONTO|[Pp]unto)\s|\.[A-Za-z])"
    r"|[0-9A-Za-z]#[A-Za-z0-9-]+\.[a-z]"
)
# Not at once behind a letter, a slash or the like, where the digits of links stand, but for these.
_AHEAD = (
    r"^|[^0-9A-Za-z_/=&%.-]|[^\x00-\x7f][/-]|[a-z][.] ?|me/|hone=|me/\+|[xX]{2}|(?i:tel|vx|cpf|cnpj|visa)"
)
_NUMBER = rf"(?:{_AHEAD})[+(]{{0,2}}{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{6}}|[0-9A-Z]{{2}}\.[0-9A-Z]{{3}}\.[0-9A-Z]{{3}}\s?/"
_NETWORK = (
    rf"{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}"
    r"|[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}|[A-Za-z]{2}[0-9]{2}[ .-]?[0-9A-Za-z]{4}[ .-]?[0-9A-Za-z]{4}"
)
_ENGLISH = (
    "Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Court Ct Way Place Pl Terrace Close Crescent Square Sq Highway Hwy "
    "Parkway Pkwy Circle Cir Trail Mews Gardens Grove Row Walk Hill Quay Parade Loop Alley"
)
_PORTUGUESE = (
    "[Rr]ua RUA venida VENIDA [Aa][Vv]\\. [Tt]ravessa [Tt]v\\. [Aa]lameda raça ça\\. [Ee]strada [Rr]odovia [Ll]argo [Bb]eco alçada [Ll]adeira "
    "[Vv]iela [Pp]raceta ervidão"
)
_ABBREVIATED = "R\\. [Aa]v [Aa]l\\. Trav\\. Pc?a\\. Estr?\\. Rod\\."
_COUNT = "[0-9\uff10-\uff19一二三四五六七八九十]"
_PLACE = "|".join(
    (
        # A number, at most four words, a kind of street.
        rf"[0-9][A-Za-z]?,? (?:[0-9A-Za-z'\u2019.]+ ){{1,4}}(?:{'|'.join(f'[{k[0]}{k[0].lower()}]{k[1:]}' for k in _ENGLISH.split())})(?:[^a-z]|$)",
        r"[Bb][Oo][Xx] [0-9]{2}",
        # A kind of street and a name; the house number is looked for in Python.
        rf"(?:{_PORTUGUESE.replace(' ', '|')}|(?:^|[^0-9A-Za-z.])(?:{_ABBREVIATED.replace(' ', '|')})) (?:d[aeo]s? |[a-z]+ )?[^ \n\ta-z]",
        r"(?:SQ[NS]W?|CL[NS]|SH[IC][SN]|Q[NSEI][A-Z]?|QL) [0-9]",
        rf"[路街道巷弄里同段甲]{_COUNT}|[村屯组区园寓苑城庄里府湾庭]{_COUNT}{{1,5}}[号號栋棟幢座期]",
    )
)


def personal(text: Expression) -> Expression:
    """Where personal data stands in clean texts: list<struct<start: int32, end: int32, kind: string>>.

    Offsets are characters (code points) of the text; spans are in order and never overlap. Kinds: `spans.KINDS`.
    """
    may_hold = lit(0)
    for bit, pattern in ((MAIL, _MAIL), (NUMBER, _NUMBER), (NETWORK, _NETWORK), (PLACE, _PLACE)):
        may_hold = may_hold + when(regexp(text, pattern), lit(bit)).otherwise(lit(0))
    found: Expression = _personal(text, may_hold)
    return found


def masked(text: Expression, spans: Expression) -> Expression:
    """Texts with the placeholders of `mask.PLACEHOLDERS` for `spans`, as `personal` gives them; for training only."""
    replaced: Expression = _masked(text, spans)
    return replaced


@daft.func.batch(return_dtype=DataType.from_arrow_type(SPANS))
def _personal(text: Series, may_hold: Series) -> Any:
    bits = np.asarray(may_hold.to_arrow().fill_null(0))
    texts = text.to_arrow()
    counts = np.zeros(len(texts) + 1, dtype=np.int32)
    spans = []
    for row in np.flatnonzero(bits).tolist():
        found = find(texts[row].as_py(), int(bits[row]))
        counts[row + 1] = len(found)
        spans += found
    starts, ends, kinds = zip(*spans, strict=True) if spans else ((), (), ())
    values = pa.StructArray.from_arrays(
        [pa.array(starts, pa.int32()), pa.array(ends, pa.int32()), pa.array(kinds, pa.string())],
        fields=list(SPANS.value_type),
    )
    return pa.ListArray.from_arrays(np.cumsum(counts, dtype=np.int32), values)


@daft.func.batch(return_dtype=DataType.string())
def _masked(text: Series, spans: Series) -> Any:
    texts, found = text.to_arrow(), spans.to_arrow()
    rows = np.flatnonzero(np.asarray(found.value_lengths().fill_null(0)))
    if not len(rows):
        return texts
    replaced = [
        mask(texts[row].as_py(), (tuple(span.values()) for span in found[row].as_py()))
        for row in rows.tolist()
    ]
    changed = np.zeros(len(texts), dtype=bool)
    changed[rows] = True
    return pc.replace_with_mask(texts, pa.array(changed), pa.array(replaced, texts.type))
