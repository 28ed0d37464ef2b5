"""Addresses as Portuguese writes them: kind of street, name, number, and what may follow: flat, quarter, town, code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truthgpt.corpus.personal.spans import Span

_STREET = (
    r"(?P<full>[Rr]ua|RUA|[Aa]venida|AVENIDA|[Tt]ravessa|[Aa]lameda|[Pp]raça|[Ee]strada|[Rr]odovia|[Ll]argo|[Bb]eco|[Cc]alçada"
    r"|[Ll]adeira|[Vv]iela|[Pp]raceta|[Ss]ervidão)"
)
# A name's initial and "et al." look like these two.
_ABBREVIATED = r"(?P<short>R\.|Al\.|[Tt]v\.|Trav\.|[Aa][Vv]\.?|[Pp]ç?a\.|Estr?\.|Rod\.)"
_NAME = r"[A-ZÀ-Ú0-9][A-Za-zÀ-ÖØ-öø-ÿ0-9'.-]*"
_NAMES = rf"(?:{_NAME}|[0-9]{{1,2}} de {_NAME})(?: (?:d[aeo]s? |e )?{_NAME}){{0,5}}?"
_ANY = r"(?:d[aeo]s? )?[A-Za-zÀ-ÖØ-öø-ÿ'.-]+(?: [A-Za-zÀ-ÖØ-öø-ÿ'.-]+){0,5}?"
_NUMBERED = r"(?P<mark>,?\s(?:n[º°o.]{1,2}|n[úu]mero|num\.?)\s?|,\s?|\s(?=[0-9]{1,5}(?:[,.;!?)\s]|$)))"
_UNIT = (
    r"(?:[,\s]{1,2}(?:[-–]\s)?(?:(?:ap(?:to|artamento|t)?|bl(?:oco)?|casa|sala|fundos|torre|lote|lt|quadra|qd|conj(?:unto)?|loja|sobrado|fração)\b\.?\s?"
    r"(?:[0-9]{1,4}[A-Z]?|[A-Z])?\b|[0-9]{1,2}\.?[º°ªo]\s?(?:andar|[Ee]sq(?:uerdo|\.)?|[Dd](?:ir|to|ireito)\.?|[Ff]rente|[A-Z]\b)?|R/C\s?\w*)){0,4}"
)
_PLACE = r"(?:(?:,|\s[-–]|[-–])\s?(?:[Bb]airro\s)?[A-ZÀ-Ú][A-Za-zÀ-ÿ']+(?:\s(?:d[aeo]s?\s)?[A-ZÀ-Ú][A-Za-zÀ-ÿ']+){0,3}){0,3}(?:\s?[-–/,]\s?[A-Z]{2}\b)?"
_CODE = r"(?P<code>[,.]?\s(?:[-–]\s)?(?:CEP:?\s?)?[0-9]{2}\.?[0-9]{3}-[0-9]{3}\b|,?\s[0-9]{4}-[0-9]{3}\b(?:\s[A-ZÀ-Ú][A-Za-zÀ-ÿ]+)?)?"
_HOUSE = re.compile(
    rf"(?<![0-9A-Za-zÀ-ÿ.])(?:{_STREET}\s(?P<name>(?:d[aeo]s? )?{_NAMES}|(?P<small>{_ANY}))|{_ABBREVIATED}\s(?P<of>d[aeo]s? )?{_NAMES}){_NUMBERED}"
    rf"(?P<number>[0-9]{{1,5}}(?:-?[A-Z])?|s/n[º°]?)(?![0-9A-Za-zÀ-ÿ:%]|[.,/][0-9]|º){_UNIT}{_PLACE}{_CODE}"
)
# The capital's own system: SQN 308, bloco C, apto 502
_BRASILIA = re.compile(
    r"\b(?:SQ[NS]W?|CL[NS]|SH[IC][SN]|Q[NSEI][A-Z]?|QL)\s[0-9]{1,4},?\s(?:[Bb]l(?:oco|\.)?|[Cc]onj(?:unto|\.)?)\s?[A-Z0-9]{1,2}\b"
    r"(?:,?\s(?:ap(?:to|artamento)?|casa|lote)\.?\s?[0-9]{1,4}[A-Z]?)?"
)
_AMOUNT = re.compile(
    r"\s?(?:de\s(?:janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)|h\b|horas?\b|km\b|metros|m\b|anos|pessoas|vezes"
    r"|carros|reais|minutos|min\b|dias|lojas|casas|buracos|quilômetros|mil\b|milhões|moradores|prédios|árvores|pontos|semanas|meses|euros|às|e\s[0-9]|graus|(?!fundos|lados)[a-zà-ÿ]{2,}[aeiou]s\b)",
    re.IGNORECASE,
)
_WORD_FOLLOWS = re.compile(r" (?!ap|bl|casa|sala|fundos|torre|lote|quadra|conj|loja)[a-zà-ÿ]")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_VERB = re.compile(
    r"(?:^|\s)(?:é|foi|tem|tinha|está|estava|tá|fica|são|teve|com|há|faz|por|custa|que|mais|até|desde|em|entre|uns|umas|cerca|quase|durante|após|onde|pra|para"
    r"|abriu|fechou|vai|são|só|já|e|eu|ele|ela|às|in|on|the|and|of|at)(?:\s|$)"
)
_IN = re.compile(
    r"(?:\b(?:na|da|a|à|para|pra|em|endere[çc]o|end|local|mor[aoe]|resid\w+|rua|até)\b|[:(])[.:]?\s?$",
    re.IGNORECASE,
)


def portuguese(text: str) -> Iterator[Span]:
    """Addresses of a folded text. `R.` and its like need a comma or a mark before the number, and a preposition before
    them or a post code behind, since a person's initial is written in the same way."""
    for match in _HOUSE.finditer(text):
        if _AMOUNT.match(text, match.end("number")) or (match["name"] and _VERB.search(match["name"])):
            continue
        # "rua larga, 20 carros": a name in small letters needs its number to end the phrase.
        if match["small"] and _WORD_FOLLOWS.match(text, match.end("number")):
            continue
        if not match["mark"].strip() and _YEAR.fullmatch(match["number"]):
            continue
        if match["short"] and not match["of"] and match["short"].lower() not in ("av.", "av"):
            named = match["code"] or _IN.search(text, max(0, match.start() - 12), match.start())
            if not (match["mark"].strip() and named):
                continue
        yield Span(match.start(), match.start() + len(match.group().rstrip(" ,-–")), "address")
    for match in _BRASILIA.finditer(text):
        yield Span(*match.span(), "address")
