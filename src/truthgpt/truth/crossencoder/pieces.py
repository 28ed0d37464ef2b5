"""A pair of texts → ids of the verifier's pieces: parts of words of English, Portuguese and Chinese, by their probability.

The pieces are those of multilingual-e5-small (SentencePiece's unigram model, Kudo 2018) that such texts are made of;
`scripts/verifier_pieces.py` chose them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import regex
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace, WhitespaceSplit
from tokenizers.pre_tokenizers import Sequence as InTurn

from truthgpt.truth.crossencoder.text import Asked, Tokens, joined, readable, window

PIECES = Path(__file__).with_name("pieces.tsv")
MARKS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""The first pieces, which stand for no text."""
FIRST, SEPARATOR, UNKNOWN = 0, 2, 3
FIRST_OF_STANCE = 4
"""The first token of a pair whose stance is asked, in the place of `FIRST`: one network does both."""

CLAIM_TOKENS, TOKENS = 72, 224
"""Tokens of a claim, and of a pair, that are read."""

_CLAUSE = regex.compile(r"[^.!?;:,。！？；：，、]*(?:[.!?;:,。！？；：，、]+\s*|$)")
_CHUNK = regex.compile(r"\s*\S{1,24}")


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The pieces as shipped."""
    return tokenizer_of(read_pieces(PIECES))


def read_pieces(path: Path) -> list[tuple[str, float]]:
    """Each piece and the logarithm of its probability, by its id."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [(piece, float(score)) for piece, score in (line.split("\t") for line in lines)]


def tokenizer_of(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """What cuts words into the `pieces` that are likeliest together; no text is cut into one of the marks."""
    # `readable` leaves no such character.
    named = [(f"\0{piece}" if piece in MARKS else piece, score) for piece, score in pieces]
    made = Tokenizer(Unigram(named, unk_id=UNKNOWN))
    made.pre_tokenizer = InTurn([WhitespaceSplit(), Metaspace()])
    return made


def in_parts(claim: str) -> list[str]:
    """`claim`, in as few parts as are read whole, `CLAIM_TOKENS` each: cut behind its marks, else between its words."""
    if _count(claim) <= CLAIM_TOKENS:
        return [claim]
    parts, part = [], ""
    for piece in (word for clause in _CLAUSE.findall(claim) for word in _fitting(clause)):
        if part and _count(part + piece) > CLAIM_TOKENS:
            parts.append(part.strip())
            part = ""
        part += piece
    return [*parts, part.strip()]


def _fitting(clause: str) -> list[str]:
    return [clause] if _count(clause) <= CLAIM_TOKENS else _CHUNK.findall(clause)


def _count(text: str) -> int:
    return len(tokenizer().encode(readable(text), add_special_tokens=False).ids)


def tokens(pairs: Sequence[tuple[str, str]], asked: Asked = "verdict") -> list[Tokens]:
    """The tokens of each (claim, evidence), or of each (target, text) where the stance is asked."""
    first = FIRST if asked == "verdict" else FIRST_OF_STANCE
    texts: list[str] = []
    for claim, evidence in pairs:
        texts += (readable(claim[:4_000]), readable(window(claim, evidence)))
    encoded = tokenizer().encode_batch_fast(texts, add_special_tokens=False)
    found = []
    for claimed, told in zip(encoded[::2], encoded[1::2], strict=True):
        ids = claimed.ids[:CLAIM_TOKENS]
        read = told.ids[: TOKENS - len(ids) - 3]
        found.append(joined((first, *ids, SEPARATOR), (*read, SEPARATOR)))
    return found
