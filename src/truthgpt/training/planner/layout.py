"""What is to be trained, with which software, and how it is laid out over the accelerators."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from truthgpt.errors import BadInputError
from truthgpt.training.planner.transformer import Transformer

Recompute = Literal["none", "selective", "full"]
Schedule = Literal["1f1b", "interleaved", "zero-bubble"]
Sharding = Literal["none", "optimizer", "full"]


@dataclass(frozen=True, slots=True)
class Software:
    """How a step is computed, whatever the layout.

    fused_attention  one kernel that keeps no scores (Dao et al. 2022), else products and a softmax that does
    attention        how many times as fast as FlashAttention-2 that kernel is: FlashAttention-3 on Hopper 1.75 (Shah et al. 2024)
    kernels          what is no product: as `eager` PyTorch computes it, `fused` by hand (Megatron-LM) or `compiled`
    overlap_tensor   collectives of tensor parallelism: not hidden (`none`), behind products of the backward pass where no
                     product waits for them (`backward`), or behind all in pieces (`all`)
    overlap_data     collectives of gradients and weights run beside the passes
    overlap_pipeline sends between stages run beside the passes
    gradients        bytes of a gradient as ranks add it up
    selective_products share of a block's products that selective recomputation makes anew beside what is no product
    """

    fused_attention: bool = True
    attention: float = 1.0
    kernels: Literal["eager", "fused", "compiled"] = "compiled"
    overlap_tensor: Literal["none", "backward", "all"] = "all"
    overlap_data: bool = True
    overlap_pipeline: bool = True
    gradients: int = 4
    selective_products: float = 0.0


MODERN: Final = Software()
"""The best that is published."""


@dataclass(frozen=True, slots=True)
class Job:
    """One step of a run: `batch` sequences of `length` tokens through `transformer`, its products in `precision`. Sliding windows
    leave `attended` of the pairs of tokens."""

    transformer: Transformer
    length: int
    batch: int
    precision: Literal["bfloat16", "fp8"] = "bfloat16"
    optimizer: Literal["adamw", "muon"] = "adamw"
    software: Software = MODERN
    attended: float = 1.0

    def __post_init__(self) -> None:
        if self.length < 1 or self.batch < 1:
            raise BadInputError(
                f"a step of {self.batch} sequences of {self.length} tokens trains nothing; both are at least 1"
            )

    @property
    def tokens(self) -> int:
        """Tokens of a step."""
        return self.batch * self.length


@dataclass(frozen=True, slots=True)
class Layout:
    """How ranks share the work; they are numbered with `tensor` innermost, then `context`, `data`, `pipeline`.

    tensor, sequence each matrix is cut over `tensor` ranks (Shoeybi et al. 2019), what lies between them by tokens where
                     `sequence` (Korthikanti et al. 2022)
    context          ranks that share each sequence, and gather keys and values (Grattafiori et al. 2024, section 3.3.2)
    pipeline         stages, each of `interleave` pieces of the network, run by `schedule`
    expert           ranks, of those of `data` and `context`, that share the experts of each block
    data             ranks that read different sequences
    sharding         what the ranks of `data` and `context` share of the state: nothing, gradients' sums and `optimizer`, or weights too (`full`)
    replicate        groups of these ranks that each hold the whole (HSDP); 1: none
    micro            sequences a rank computes at once
    recompute        activations made anew in the backward pass: none, attention's (`selective`), all
    """

    tensor: int = 1
    sequence: bool = False
    context: int = 1
    pipeline: int = 1
    interleave: int = 1
    schedule: Schedule = "1f1b"
    expert: int = 1
    data: int = 1
    sharding: Sharding = "optimizer"
    replicate: int = 1
    micro: int = 1
    recompute: Recompute = "none"

    @property
    def ranks(self) -> int:
        return self.tensor * self.context * self.pipeline * self.data

    @property
    def sharers(self) -> int:
        """Ranks over which the state of those weights is cut that all ranks hold."""
        return 1 if self.sharding == "none" else self.data * self.context // self.replicate

    def microbatches(self, job: Job) -> int:
        """Microbatches that a rank computes in a step."""
        return job.batch // (self.data * self.micro)

    def tokens(self, job: Job) -> float:
        """Tokens of a microbatch on a rank."""
        return self.micro * job.length / self.context

    def refusal(self, job: Job) -> str | None:
        """Why `job` cannot be laid out so, in words; None where it can."""
        network = job.transformer
        if (
            min(self.tensor, self.context, self.pipeline, self.interleave, self.expert, self.data, self.micro)
            < 1
        ):
            return "every degree of a layout is at least 1"
        if network.heads % self.tensor or network.kv_heads % min(self.tensor, network.kv_heads):
            return f"{network.heads} heads cannot be shared by {self.tensor} tensor ranks"
        if self.tensor > network.kv_heads and self.tensor % network.kv_heads:
            return f"{network.kv_heads} heads of keys cannot be shared by {self.tensor} tensor ranks"
        if network.hidden % self.tensor:
            return f"{network.hidden} hidden units cannot be shared by {self.tensor} tensor ranks"
        if job.length % (self.context * (self.tensor if self.sequence else 1)):
            return f"a sequence of {job.length} tokens cannot be shared by {self.context} context and {self.tensor} tensor ranks"
        if self.pipeline > network.layers:
            return f"{network.layers} blocks are too few for {self.pipeline} stages"
        if not even(network.layers, self.pipeline, self.interleave):
            return f"{network.layers} blocks cannot be cut into {self.pipeline} stages of {self.interleave} even pieces"
        if (self.schedule == "interleaved") != (self.interleave > 1) or (
            self.schedule != "1f1b" and self.pipeline == 1
        ):
            return f"a schedule {self.schedule} does not go with {self.pipeline} stages of {self.interleave} pieces"
        if job.batch % (self.data * self.micro):
            return f"a batch of {job.batch} sequences cannot be shared by {self.data} data ranks, {self.micro} at once"
        if self.schedule == "interleaved" and self.microbatches(job) % self.pipeline:
            return f"{self.microbatches(job)} microbatches are no multiple of the {self.pipeline} stages, as interleaving needs"
        if self.expert > 1 and (not network.experts or network.experts % self.expert):
            return f"{network.experts} experts cannot be shared by {self.expert} expert ranks"
        if (self.data * self.context) % self.expert or (self.data * self.context) % self.replicate:
            return f"{self.data * self.context} ranks of data cannot be grouped by {self.expert} experts and {self.replicate} copies"
        return None


def even(layers: int, stages: int, pieces: int) -> bool:
    """Whether `layers` blocks can be cut into `pieces` of each stage, all of one size but for the first and the last, which may have a
    block less beside the embedding and the output; one piece may have any size."""
    return pieces == 1 or any((layers + spare) % (stages * pieces) == 0 for spare in (0, 1, 2))


def shareable(rows: int, ranks: int) -> int:
    """A number of sequences near `rows` that `ranks` share well: the odd part of theirs times a power of two."""
    odd = ranks // (ranks & -ranks)
    if odd > 2 * rows:
        odd = 1  # no number near has it
    return odd << round(math.log2(max(1.0, rows / odd)))


def stage_blocks(layers: int, stages: int) -> list[int]:
    """Blocks of each stage: as even as can be, those that are left over in the middle, since the first stage has the embedding
    and the last the output."""
    base, over = divmod(layers, stages)
    first = (stages - over + 1) // 2
    return [base + (first <= stage < first + over) for stage in range(stages)]
