"""Numbers in; out, the order of all that begins at each place: their suffix array, by induced sorting.

SA-IS (Nong, Zhang and Chan, "Linear Suffix Array Construction by Almost Pure Induced-Sorting", DCC 2009). It takes time
in proportion to the numbers, whatever they are: posts hold copies of hundreds of words and runs of one word, on which a sort that
compares would take its time for each. It works in the array that it fills; beside it stand a bit a place and two numbers
a value, of which the text of those that are in order already has up to a third as many as there are places.

A place is *smaller* (S) where what begins there is less than what begins after it, else *larger* (L); the last one is L. A
smaller place after a larger one is a *leftmost* one. Once those are in order, one pass from the left puts the larger places
behind them in order, and one from the right the smaller ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled

Numbers = npt.NDArray[np.int32]
Bits = npt.NDArray[np.uint8]

LONGEST = (1 << 31) - 1
"""Numbers that can be ordered at once: places are of 31 bits."""


def suffix_array(text: Numbers, values: int) -> Numbers:
    """The places (n,) of `text` (n,), whose numbers lie in [0, `values`), in the order of what begins there.

    What ends first is less. n is at most `LONGEST`.
    """
    order = np.empty(len(text), np.int32)
    if len(text):
        _sort(text, order, values)
    return order


def _sort(text: Numbers, order: Numbers, values: int) -> None:
    counts, smaller = np.zeros(values, np.int32), np.zeros(len(text) // 8 + 1, np.uint8)
    leftmost = _look(text, counts, smaller)
    order[:] = -1
    _place_all(text, counts, smaller, order)
    _induce(text, counts, smaller, order)
    if leftmost > 1:
        # Leftmost places stand in the order of what lies between each and the next: told by a number, they are a text of
        # at most half the length, whose order is theirs.
        different = _name(text, smaller, order, leftmost)
        named, ranked = order[len(order) - leftmost :], order[:leftmost]
        if different < leftmost:
            _sort(named, ranked, different)
        else:
            _invert(named, ranked)
        _return(smaller, order, leftmost)
    else:
        _gather(smaller, order)
    order[leftmost:] = -1
    _place_sorted(text, counts, order, leftmost)
    _induce(text, counts, smaller, order)


@compiled
def _is(bits: Bits, place: int) -> bool:
    return bool(bits[place >> 3] >> (place & 7) & 1)


@compiled
def _is_leftmost(smaller: Bits, place: int) -> bool:
    return place > 0 and _is(smaller, place) and not _is(smaller, place - 1)


@compiled
def _look(text: Numbers, counts: Numbers, smaller: Bits) -> int:
    """Counts the values and marks smaller places; how many leftmost ones there are."""
    leftmost = 0
    after = False
    for place in range(len(text) - 1, -1, -1):
        counts[text[place]] += np.int32(1)
        if place == len(text) - 1:
            continue
        this = text[place] < text[place + 1] or (text[place] == text[place + 1] and after)
        if this:
            smaller[place >> 3] |= np.uint8(1 << (place & 7))
        elif after:
            leftmost += 1
        after = this
    return leftmost


@compiled
def _end(counts: Numbers, ends: Numbers) -> None:
    """Writes where each value's part of the order ends."""
    end = 0
    for value in range(len(counts)):
        end += counts[value]
        ends[value] = end


@compiled
def _place_all(text: Numbers, counts: Numbers, smaller: Bits, order: Numbers) -> None:
    """Puts leftmost places at the ends of their values' parts of `order`."""
    ends = np.empty(len(counts), np.int32)
    _end(counts, ends)
    after = False
    for place in range(len(text) - 1, -1, -1):
        this = _is(smaller, place)
        if after and not this:
            ends[text[place + 1]] -= 1
            order[ends[text[place + 1]]] = place + 1
        after = this


@compiled
def _place_sorted(text: Numbers, counts: Numbers, order: Numbers, leftmost: int) -> None:
    """The same for those that stand sorted in front."""
    ends = np.empty(len(counts), np.int32)
    _end(counts, ends)
    for at in range(leftmost - 1, -1, -1):
        place = order[at]
        order[at] = -1
        ends[text[place]] -= 1
        order[ends[text[place]]] = place


@compiled
def _induce(text: Numbers, counts: Numbers, smaller: Bits, order: Numbers) -> None:
    """From leftmost places the larger ones, from these the smaller ones, leftmost ones anew among them."""
    borders = np.empty(len(counts), np.int32)
    _end(counts, borders)
    for value in range(len(counts)):
        borders[value] -= counts[value]
    last = len(text) - 1
    order[borders[text[last]]] = last
    borders[text[last]] += 1
    for at in range(len(order)):
        place = order[at] - 1
        if place >= 0 and not _is(smaller, place):
            value = text[place]
            order[borders[value]] = place
            borders[value] += 1
    _end(counts, borders)
    for at in range(len(order) - 1, -1, -1):
        place = order[at] - 1
        if place >= 0 and _is(smaller, place):
            value = text[place]
            borders[value] -= 1
            order[borders[value]] = place


@compiled
def _gather(smaller: Bits, order: Numbers) -> int:
    """Moves leftmost places to the front, in their order."""
    found = 0
    for at in range(len(order)):
        place = order[at]
        if _is_leftmost(smaller, place):
            order[found] = place
            found += 1
    return found


@compiled
def _name(text: Numbers, smaller: Bits, order: Numbers, leftmost: int) -> int:
    """Numbers the stretches from each leftmost place to the next, equal ones equally, and writes the numbers at the end of
    `order`, as they come in the text; how many different ones there are."""
    _gather(smaller, order)
    order[leftmost:] = -1
    name = -1
    before = np.int32(-1)
    for at in range(leftmost):
        place = order[at]
        if before < 0 or not _equal(text, smaller, int(before), int(place)):
            name += 1
        order[leftmost + (place >> 1)] = name  # no two of them are neighbours
        before = place
    into = len(order)
    for at in range(len(order) - 1, leftmost - 1, -1):
        if order[at] >= 0:
            into -= 1
            order[into] = order[at]
    return name + 1


@compiled
def _equal(text: Numbers, smaller: Bits, one: int, other: int) -> bool:
    step = 0
    while one + step < len(text) and other + step < len(text) and text[one + step] == text[other + step]:
        if step:
            ends, also = _is_leftmost(smaller, one + step), _is_leftmost(smaller, other + step)
            if ends or also:
                return ends and also
        step += 1
    return False


@compiled
def _invert(named: Numbers, ranked: Numbers) -> None:
    for at in range(len(named)):
        ranked[named[at]] = at


@compiled
def _return(smaller: Bits, order: Numbers, leftmost: int) -> None:
    """What stands in front are numbers of leftmost places, as they come in the text; makes them the places."""
    into = len(order) - leftmost
    for place in range(len(order)):
        if _is_leftmost(smaller, place):
            order[into] = place
            into += 1
    first = len(order) - leftmost
    for at in range(leftmost):
        order[at] = order[first + order[at]]
