"""A job and a layout in; bytes of the fullest rank out, by what they hold.

Beside what it always holds, its share of weights, optimiser and sums of gradients, a rank is fullest at one of a few moments of
a step, and the terms are those of that moment: the loss; the backward pass of the last block, before which no activations
were let go; that of the block before it, while the last one's gradients are added up; its end, where the embedding's
gradients are; the optimiser's step.

Activations are those that the backward pass reads, counted by block and token as Korthikanti et al. 2022 (arXiv:2205.05198)
count them; a pipeline's first stage holds those of as many microbatches as there are stages (Narayanan et al. 2021). Weights
that are cut whole are gathered block by block, one ahead, as PyTorch's FSDP2 does it (Zhao et al. 2023, arXiv:2304.11277).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from truthgpt.training.limits import MATRICES
from truthgpt.training.planner.kernels import HALF
from truthgpt.training.planner.layout import Job, Layout, stage_blocks
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.transformer import Transformer

WHOLE: Final = 4
"""Bytes of a float32 number."""
FRAGMENTS: Final = 0.05
"""Share of what is held that an allocator loses between blocks of different sizes."""
CONTEXT: Final = 1.5e9
"""Bytes of an accelerator that its driver, its libraries and buffers of collectives take."""

_blocks = cache(stage_blocks)


@dataclass(frozen=True, slots=True)
class Own:
    """What this project's own training (`truthgpt train`) does otherwise than the frameworks that layouts are planned for:

    scores  of the output it holds so many at once, in a loss that is its own backward pass, beside sums of gradients of all
            output weights in float32; embedding and output are not cut over tensor ranks
    size    bytes of a number that is computed with, 2 or 4
    cpu     a CPU computes: it keeps what norms read twice in float32, and each block's mask as numbers
    """

    scores: int
    size: int = HALF
    cpu: bool = False


class _Moment(NamedTuple):
    """Bytes that come and go, at a moment of a step."""

    gathered: float = 0.0
    gradients: float = 0.0
    activations: float = 0.0
    logits: float = 0.0
    update: float = 0.0


class _Block(NamedTuple):
    """Bytes of a microbatch's activations in a block: `kept` from the forward to the backward pass; `anew`, what the backward
    pass makes again before it begins; `slopes`, gradients that it holds at once."""

    kept: float
    anew: float
    slopes: float


class _Loss(NamedTuple):
    """Bytes behind the last block: what the last `norm` keeps; the loss at its `most`; what is `left` of it while blocks run
    backward; and what the allocator has of it, `idle`, that nothing fits in."""

    norm: float = 0.0
    most: float = 0.0
    left: float = 0.0
    idle: float = 0.0


class _Weights(NamedTuple):
    """Weights of a network: of a block those that all tokens pass and those of experts, of one end, and of the largest matrix."""

    shared: float
    experts: float
    end: int
    largest: int


class _Share(NamedTuple):
    """Weights of a rank before they are cut over ranks of data: `blocks` of `block`, `root` of the ends, each `end`, which have
    `slopes` gradients at once; and those that are `mine` once they are cut, of which `ends` of the ends."""

    blocks: int
    block: float
    root: float
    end: float
    slopes: float
    mine: float
    ends: float


def memory(job: Job, layout: Layout, own: Own | None = None) -> dict[str, float]:
    """Bytes of the fullest rank, by what they hold: together what an accelerator must have.

    `fragments` are those that PyTorch's allocator has and cannot give, `context` those that it never sees; the others are
    `tensors`.
    """
    held, idle = _fullest(job, layout, own)
    held["fragments"] = idle + FRAGMENTS * (sum(held.values()) + idle)
    held["context"] = CONTEXT
    return held


def tensors(job: Job, layout: Layout, own: Own | None = None) -> dict[str, float]:
    """Bytes of all tensors of the fullest rank, by what they hold: together `torch.cuda.max_memory_allocated`."""
    return _fullest(job, layout, own)[0]


def kept(job: Job, layout: Layout, own: Own | None = None) -> float:
    """Bytes of activations that a rank of the first stage keeps from the forward passes for the backward."""
    blocks = _blocks(job.transformer.layers, layout.pipeline)[0]
    tokens = layout.micro * job.length / layout.context
    flight = _in_flight(layout, 0, layout.microbatches(job))
    norm = _loss(job, layout, tokens, 0.0, own).norm if layout.pipeline == 1 else 0.0
    return flight * blocks * _block(job, layout, tokens, own).kept + norm


def fits(machine: Machine, held: dict[str, float]) -> bool:
    """Whether an accelerator has room for what `memory` says."""
    return sum(held.values()) <= machine.accelerator.memory


def _fullest(job: Job, layout: Layout, own: Own | None) -> tuple[dict[str, float], float]:
    """Bytes of the fullest stage's tensors, and those that lie idle beside them."""
    tokens = layout.micro * job.length / layout.context
    block = _block(job, layout, tokens, own)
    fullest = _stage(job, layout, 0, block, tokens, own)
    if layout.pipeline > 1:
        blocks = _blocks(job.transformer.layers, layout.pipeline)
        # The second holds one microbatch less than the first, the last no other's; but the second may have a block more.
        for stage in (layout.pipeline - 1, 1) if blocks[1] > blocks[0] else (layout.pipeline - 1,):
            held = _stage(job, layout, stage, block, tokens, own)
            if sum(held[0].values()) > sum(fullest[0].values()):
                fullest = held
    return fullest


@cache
def _weights(network: Transformer) -> _Weights:
    end = network.vocabulary * network.width
    shared = network.parameters - network.unshared - end * (1 if network.tied else 2)
    largest = network.width * max(network.hidden, network.heads * network.head_width)
    return _Weights(shared / network.layers, network.unshared / network.layers, end, largest)


def _stage(
    job: Job, layout: Layout, stage: int, block: _Block, tokens: float, own: Own | None
) -> tuple[dict[str, float], float]:
    """Bytes of the tensors of a rank of `stage`, of a microbatch of `tokens` tokens, and those that lie idle beside them."""
    size, reduced = (own.size, WHOLE) if own else (HALF, job.software.gradients)
    share, full = _share(job, layout, stage, own), layout.sharding == "full"
    microbatches = layout.microbatches(job)
    held = _in_flight(layout, stage, microbatches) * share.blocks * block.kept
    last = stage == layout.pipeline - 1
    loss = _loss(job, layout, tokens, share.end, own) if last else _Loss()
    whole = share.blocks * share.block + share.root
    largest = _weights(job.transformer).largest / layout.tensor
    if full:
        weights, sums = WHOLE * share.mine, WHOLE * share.mine
        moments = _cut(layout, share, block, loss, held, size, reduced, largest, microbatches > 1)
    else:
        weights, sums = size * whole + (WHOLE * share.mine if size == HALF else 0.0), reduced * whole
        moments = _uncut(share, block, loss, held, size, sums, largest, own, microbatches > 1)
    if job.optimizer == "muon":
        moments.append(_Moment(gradients=sums, update=_update(job, layout, own)))
    most, idle = max(moments, key=sum), loss.idle
    if full:
        # Streams that gather and reduce have memory of their own: what it was needed for is past, or still to come.
        idle += sums - most.gradients + (size * share.root if layout.sharers > 1 else 0.0)
    terms = {
        "weights": weights,
        "gradients": most.gradients,
        "gathered": most.gathered,
        # Momentum alone of what Muon steps; two moments of the rest.
        "optimizer": WHOLE * (share.mine + (share.ends if job.optimizer == "muon" else share.mine)),
        "activations": most.activations,
        "logits": most.logits,
        "update": most.update,
    }
    return terms, idle


def _share(job: Job, layout: Layout, stage: int, own: Own | None) -> _Share:
    sizes, tensor, sharers = _weights(job.transformer), layout.tensor, layout.sharers
    blocks = _blocks(job.transformer.layers, layout.pipeline)[stage]
    end = sizes.end / (1 if own else tensor)
    count = (stage == 0) + (stage == layout.pipeline - 1)
    tied = job.transformer.tied and count == 2
    root = end * (1 if tied else count)
    shared, experts = sizes.shared / tensor, sizes.experts / (tensor * layout.expert)
    mine = (blocks * shared + root) / sharers + blocks * experts / max(1.0, sharers / layout.expert)
    # Of tied ends both gradients and their sum.
    return _Share(blocks, shared + experts, root, end, end * (3 if tied else count), mine, root / sharers)


def _cut(
    layout: Layout, share: _Share, block: _Block, loss: _Loss, held: float, size: int, reduced: int, largest: float, again: bool
) -> list[_Moment]:  # fmt: skip
    """Moments where weights are cut whole. `held` bytes of activations when the forward pass is over; numbers of `size` bytes are
    computed with, of `reduced` added up; sums are there before where a microbatch went `again`.

    Ends are gathered all the while, of blocks the one that is computed and the one after it, whose weights lie in a row
    until they are needed; gradients in a row are added up while the block before computes. With copies of the whole, what a
    group added up stays until the last block, to be added to the others'.
    """
    sums, ends, adding = WHOLE * share.mine, size * share.root, reduced * share.block
    before, almost = (sums, sums) if again else (0.0, sums - WHOLE * share.ends)
    ahead = share.block if layout.sharers > 1 else 0.0
    gathered = ends + size * (share.block + largest)
    working = held + block.anew + block.slopes
    waiting = sums - WHOLE * share.ends if again and layout.replicate > 1 else 0.0
    moments = [
        _Moment(ends + size * ahead, before, held + loss.norm, loss.most),
        _Moment(gathered + size * ahead, before, working, loss.left),
        _Moment(ends + size * share.slopes + adding + waiting, almost),
        # Gradients of the ends in a row, beside them as they were and then beside their sums.
        _Moment(ends + reduced * share.root + waiting, almost),
        _Moment(reduced * share.root + (WHOLE * share.ends if again else 0.0) + waiting, sums),
    ]
    if share.blocks > 1:
        one = WHOLE * share.block / layout.sharers
        activations = working - block.kept
        moments.append(_Moment(gathered + size * ahead + adding, before or one, activations, loss.left))
        if waiting or not again:
            # The first block at last: activations of no other, sums of all others.
            activations = working - held + block.kept
            moments.append(_Moment(gathered + adding + waiting, almost - one, activations, loss.left))
    return moments


def _uncut(
    share: _Share, block: _Block, loss: _Loss, held: float, size: int, sums: float, largest: float, own: Own | None, again: bool
) -> list[_Moment]:  # fmt: skip
    """Moments where a rank has all weights of its stage, `sums` bytes of sums of gradients beside them, from the start but where this
    project trains alone. A gradient in the width that is computed with is there until it is added to its sum; here it is
    made as wide first."""
    before, apart = sums if again or own is None else 0.0, size + (WHOLE if own and size == HALF else 0)
    moments = [
        _Moment(0.0, before, held + loss.norm, loss.most),
        _Moment(apart * largest, before, held + block.anew + block.slopes, loss.left),
    ]
    if own:
        ends = max(size * share.slopes, apart * share.end)
        moments.append(_Moment(ends, before or sums - WHOLE * share.root))
    return moments


def _in_flight(layout: Layout, stage: int, microbatches: int) -> float:
    """Of `microbatches` those whose activations a stage holds at once: as many as stages behind it and its own, interleaved in v pieces
    (p - 1) / v more for the first (Korthikanti et al. 2022, section 4.2.3). Zero-bubble ZB-H1 holds what 1F1B does (Qi et al. 2023)."""
    if layout.schedule == "interleaved":
        return min(microbatches, layout.pipeline + (layout.pipeline - 1 - 2 * stage) / layout.interleave)
    return min(microbatches, layout.pipeline - stage)


def _block(job: Job, layout: Layout, tokens: float, own: Own | None) -> _Block:
    """Bytes of a microbatch of `tokens` tokens in a block.

    Of the residual stream (`width`) both norms keep what they read and write; of the heads queries, keys and values and what
    attention gave; of the hidden units what goes into the function between the products, and what comes out of it. By hand
    the latter is one tensor, operation by operation a gated function makes two; a compiler keeps neither these nor what
    norms write, and makes them anew. A selective policy keeps attention's result and those of the products, less those that
    it makes anew (`Software.selective_products`): a number for each `width` of their weights.
    """
    network, software, tensor = job.transformer, job.software, layout.tensor
    size = own.size if own else HALF
    wide = network.width / (layout.tensor if layout.sequence else 1)
    heads = network.heads * network.head_width / tensor
    keys = max(1.0, network.kv_heads / tensor) * network.head_width
    units = network.hidden / tensor
    routed = 0.0
    if network.experts:
        units *= network.active + network.shared
        routed = network.active * wide  # tokens as they are handed to experts
    into = network.matrices - 1
    compiled = software.kernels == "compiled"
    if compiled:
        outs, functions, slopes = 0, 0, 2 * wide + 3 * units
    else:
        outs = 2
        functions = 2 if network.gated and software.kernels == "eager" else 1
        slopes = wide + 2 * units
    norms = 2 * WHOLE * 2 * wide if own and own.cpu else size * 2 * wide
    plain = norms + size * (outs * wide + routed + 2 * heads + 2 * keys + (into + functions) * units)
    if software.kernels == "fused" and not network.gated:
        plain += 2 * wide  # masks of two dropouts, a byte each
    scores = 0.0
    if own and own.cpu:
        scores = size * job.length
    elif not software.fused_attention:
        scores = 5 * network.heads / tensor * job.length
    slopes *= tokens * size
    if layout.recompute == "none":
        return _Block(tokens * (plain + scores), 0.0, slopes)
    asked = job.length if own and own.cpu else 0  # the mask of all blocks, a byte each
    # What is made anew begins with what was kept, but where the norm keeps its own of it.
    apart = own is not None and own.cpu and size == HALF
    if layout.recompute == "full":
        anew = plain - (0 if apart else size * wide)
        return _Block(tokens * size * wide, tokens * (anew + scores + asked), slopes)
    if not software.fused_attention:
        return _Block(tokens * plain, tokens * scores, slopes)
    # What the products gave is no more to be made, or let go once it is read again (queries and keys before they were turned, what
    # attention adds to the stream), but for the last one's, which nobody reads: a compiler does not keep it.
    read = heads + 2 * keys + into * units + wide
    products = read + (0 if compiled else wide)
    share = max(0.0, 1 - software.selective_products * (read - wide + heads + units) / products)
    anew = plain - size * (heads + share * read + (0 if apart else wide))
    kept = wide + heads + share * products
    return _Block(tokens * size * kept, tokens * (max(0.0, anew) + scores + asked), slopes)


def _loss(job: Job, layout: Layout, tokens: float, end: float, own: Own | None) -> _Loss:
    """What stands behind the last block, of a microbatch of `tokens` tokens and `end` output weights.

    A loss by hand has its scores in 16 bits and, in one place, logarithms, slopes of these and of the scores. PyTorch's, operation
    by operation, has the latter three at once in float32, and one more where vocabulary is cut over ranks
    (`torch.distributed.tensor.parallel.loss_parallel`): the scores in 16 bits are gone by then, and their place is too small.
    """
    network, wide = job.transformer, job.transformer.width
    if own is None:
        scores = tokens * network.vocabulary / layout.tensor
        norm = HALF * tokens * (wide / (layout.tensor if layout.sequence else 1) + wide)
        left = HALF * end if layout.sharding == "full" else 0.0
        if job.software.kernels == "fused":
            return _Loss(norm, (HALF + WHOLE) * scores, left)
        each = WHOLE * (3 if layout.tensor == 1 else 4)
        return _Loss(norm, each * scores, left, HALF * scores)
    rows = max(1, own.scores // network.vocabulary)
    size = (own.size + WHOLE if own.size == HALF else WHOLE) * network.vocabulary
    # Scores and their slopes, those of the rows before beside them; then gradients of the output's weights.
    made = max(size * min(2 * rows, tokens), size * min(rows, tokens) + own.size * end)
    norm = tokens * wide * ((2 * WHOLE if own.cpu else own.size) + own.size)
    if own.cpu and layout.recompute != "none":
        norm += tokens * job.length  # the mask of all blocks, a byte each
    left = own.size * end if network.tied or layout.sharding == "full" else 0.0
    return _Loss(norm, WHOLE * end + own.size * tokens * wide + made, left)


def _update(job: Job, layout: Layout, own: Own | None) -> float:
    """Bytes beside the state while Muon makes matrices orthogonal: of one at a time, the matrix in float32 and four like it in 16 bits
    (its own, its product by itself times it, and both scaled; Liu et al. 2025, arXiv:2502.16982, gather one too).

    This project's takes all matrices of a shape together: alone in one stack, else so many at a time, each made by one rank that tells
    all others.
    """
    largest = _weights(job.transformer).largest
    if own is None:
        return (WHOLE + 4 * HALF) * largest
    network, world = job.transformer, layout.ranks
    many, size = network.matrices - 1, own.size
    count = many * network.layers
    step = size * (4 * largest + network.width**2)
    if world == 1:
        return count * (2 * WHOLE * largest + step)
    some, shares = min(world, count, MATRICES), WHOLE * count * largest / (layout.tensor * layout.sharers)
    # Shares of what goes in and, of the rounds before, of what came out.
    return shares * (2 - some / count) + WHOLE * largest * some + step
