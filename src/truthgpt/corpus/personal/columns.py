"""The two column expressions: where personal data stands in each text, and each text with it masked.

Nearly every post holds nothing. Cheap expressions in Rust, the gates, leave some six rows of a hundred; on those, exacter
ones tell what may be there, and Python looks for that alone.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import daft
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Expression, Series, col
from daft.expressions import ExpressionsProjection
from daft.functions import regexp
from daft.recordbatch import RecordBatch

from truthgpt.corpus.personal.find import ENGLISH_PLACE, FOLDED, MAIL, NETWORK, NUMBER, PLACE, find
from truthgpt.corpus.personal.fold import ODD
from truthgpt.corpus.personal.mask import mask
from truthgpt.corpus.personal.spans import Span

SPANS = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
"""The type of a column of spans: characters (code points), end exclusive."""

_UNSEEN = "\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufe0f\u20e3"
_WIDE = "\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\U0001d7ce-\U0001d7ff"
_DIGIT = f"[0-9{_WIDE}]"
_BETWEEN = rf"[ ()./\-\u00a0\u2010-\u2015\u2212\u3000\uff08\uff09\uff0d\uff0e{_UNSEEN}]{{0,4}}"

# What a text must hold before Python looks at it. Each is wider than what the finders accept.
_AT = r"[@\uff20] ?[0-9A-Za-z\u00c0-\u024f\uff10-\uff5a-]+ ?[.\uff0e] ?[A-Za-z\uff21-\uff5a]{2}"
_BRACKETED_AT = r"[\[({<\uff08\u3010]\s?(?:[Aa][Tt]|[Aa]rroba|ARROBA|[aA@]|艾特)\s?[\])}>\uff09\u3011]"
_SPOKEN_AT = r"(?: at | AT | At |rroba|RROBA)\s?[0-9A-Za-z\u00c0-\u024f-]+(?:\s(?:[Dd][Oo][Tt]|[Pp]onto|PONTO|[Pp]unto)\s|\.[A-Za-z])"
_OTHER_AT = r"艾特|_at_|#[A-Za-z0-9-]+\.[a-z]"
_SPLIT = rf"[{_UNSEEN}][0-9A-Za-z_.@\uff20]"
_MAIL = "|".join((_AT, _BRACKETED_AT, _SPOKEN_AT, _OTHER_AT, _SPLIT))
# Not at once behind a letter, a slash or the like, where the digits of links stand, but for these.
_AHEAD = (
    r"^|[^0-9A-Za-z_/=&%.-]|[^\x00-\x7f][/-]|[a-z][.] ?|me/|hone=|me/\+|[xX]{2}|(?i:tel|vx|cpf|cnpj|visa)"
)
_NUMBER = rf"(?:{_AHEAD})[+(]{{0,2}}{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{6}}|[0-9A-Z]{{2}}\.[0-9A-Z]{{3}}\.[0-9A-Z]{{3}}\s?/"
_NETWORK = (
    rf"{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}{{1,3}}[.\uff0e]{_DIGIT}"
    r"|[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}|[A-Za-z]{2}[0-9]{2}[ .-]?[0-9A-Za-z]{4}[ .-]?[0-9A-Za-z]{4}"
)
_STREETS = (
    "Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Court Ct Way Place Pl Terrace Close Crescent Square Sq Highway Hwy "
    "Parkway Pkwy Circle Cir Trail Mews Gardens Grove Row Walk Hill Quay Parade Loop Alley"
)
_STREET = "|".join(f"[{name[0]}{name[0].lower()}]{name[1:]}" for name in _STREETS.split())
# A number, at most four words, a kind of street.
_NUMBERED_STREET = rf"[0-9][A-Za-z]?,? (?:[0-9A-Za-z'\u2019.]+ ){{1,4}}(?:{_STREET})(?:[^a-z]|$)"
_BOX = "[Bb][Oo][Xx] [0-9]{2}"
_ENGLISH_PLACE = f"{_NUMBERED_STREET}|{_BOX}"
# Kinds of street; the name and the house are looked for in Python.
_RUAS = (
    "[Rr]ua RUA venida VENIDA [Tt]ravessa [Aa]lameda raça [Ee]strada [Rr]odovia [Ll]argo [Bb]eco alçada [Ll]adeira "
    "[Vv]iela [Pp]raceta ervidão"
)
_SHORT_RUAS = "R\\. [Aa][Vv]\\.? [Tt]v\\. [Pp]ç?a\\. [Aa]l\\. Trav\\. Estr?\\. Rod\\."
_COUNT = "[0-9\uff10-\uff19一二三四五六七八九十]"
_PLACE = "|".join(
    (
        rf"(?:{_RUAS.replace(' ', '|')}) ",
        rf"(?:^|[^0-9A-Za-z.])(?:{_SHORT_RUAS.replace(' ', '|')}) (?:d[aeo]s? )?[^ \n\ta-z]",
        r"(?:SQ[NS]W?|CL[NS]|SH[IC][SN]|Q[NSEI][A-Z]?|QL) [0-9]",
        rf"[路街道巷弄里同段甲]{_COUNT}|[村屯组区园寓苑城庄里府湾庭]{_COUNT}{{1,5}}[号號栋棟幢座期]",
    )
)
_TESTS = {
    MAIL: _MAIL,
    NUMBER: _NUMBER,
    NETWORK: _NETWORK,
    ENGLISH_PLACE: _ENGLISH_PLACE,
    PLACE: _PLACE,
    FOLDED: ODD,
}
# Each lets through every row that a test above does. All but the last have few first letters, which Rust's regex looks
# for many bytes at a time: 0.1 to 0.6 microseconds each on 750 characters, where the tests themselves take 1.5 to 1.7.
_GATES = (
    r"[0-9](?:[ ()./-]{0,4}[0-9]){6}",
    r"[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]|[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}",
    r"[0-9]{2}[ .-]?(?:[0-9A-Za-z]{4}[ .-]?){2}[0-9]",
    r"[0-9A-Z]{3}\.[0-9A-Z]{3}\s?/",
    _AT,
    _BRACKETED_AT,
    _SPOKEN_AT,
    _OTHER_AT,
    _NUMBERED_STREET,
    _BOX,
    rf"[{_WIDE}]{{2}}|[0-9][\u00a0\u2010-\u2015\u2212\u3000\uff08\uff09\uff0d\uff0e{_UNSEEN}][(]?[0-9]|{_SPLIT}|{_PLACE}",
)


def personal(text: Expression) -> Expression:
    """Where personal data stands in clean texts: list<struct<start: int32, end: int32, kind: string>>.

    Offsets are characters (code points) of the text; spans are in order and never overlap. Kinds: `spans.KINDS`.
    """
    passed = reduce(or_, (regexp(text, gate) for gate in _GATES))
    found: Expression = _personal(text, passed)
    return found


def masked(text: Expression, spans: Expression) -> Expression:
    """Texts with the placeholders of `mask.PLACEHOLDERS` for `spans`, as `personal` gives them; for training only."""
    replaced: Expression = _masked(text, spans)
    return replaced


@daft.func.batch(return_dtype=DataType.from_arrow_type(SPANS))
def _personal(text: Series, may_hold_any: Series) -> Any:
    rows = np.flatnonzero(np.asarray(may_hold_any.to_arrow().fill_null(False)))
    texts = text.to_arrow().take(pa.array(rows))
    counts = np.zeros(len(text) + 1, dtype=np.int32)
    spans: list[Span] = []
    for row, content, bits in zip(rows.tolist(), texts.to_pylist(), _may_hold(texts), strict=True):
        found = find(content, bits)
        counts[row + 1] = len(found)
        spans += found
    starts, ends, kinds = zip(*spans, strict=True) if spans else ((), (), ())
    values = pa.StructArray.from_arrays(
        [pa.array(starts, pa.int32()), pa.array(ends, pa.int32()), pa.array(kinds, pa.string())],
        fields=list(SPANS.value_type),
    )
    return pa.ListArray.from_arrays(np.cumsum(counts, dtype=np.int32), values)


def _may_hold(texts: pa.Array) -> list[int]:
    """For each text the bits of the tests that it passes."""
    tests = [regexp(col("text"), pattern).alias(str(bit)) for bit, pattern in _TESTS.items()]
    batch = RecordBatch.from_arrow_table(pa.table({"text": texts}))
    passed = batch.eval_expression_list(ExpressionsProjection(tests)).to_arrow_table()
    bits = np.zeros(len(texts), dtype=np.int64)
    for bit in _TESTS:
        bits |= np.where(np.asarray(passed[str(bit)]), bit, 0)
    return bits.tolist()


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
