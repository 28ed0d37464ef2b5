"""The ranks that train together, and what this one is of them: one process, or many under `torchrun` or Slurm.

The grid of ranks is (replicate, shard, tensor), the last beside each other, so that those who share a matrix share a node.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import HashStore, PrefixStore, Store
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.rendezvous import rendezvous

from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.options import Parallel

_PATIENCE = timedelta(minutes=10)
"""A rank that says nothing for so long is taken for dead: the others end, and whoever started them starts them anew."""


@dataclass(frozen=True)
class World:
    """`size` ranks, of which this is `rank`; `mesh` (replicate, shard, tensor); `device` is this rank's."""

    rank: int
    size: int
    device: torch.device
    mesh: DeviceMesh

    @property
    def alone(self) -> bool:
        return self.size == 1

    @property
    def readers(self) -> int:
        """Groups of ranks that read different rows of a batch."""
        return self.mesh["replicate"].size() * self.mesh["shard"].size()

    @property
    def reader(self) -> int:
        """Which of these groups this rank is in."""
        return self.mesh.get_local_rank("replicate") * self.mesh["shard"].size() + self.mesh.get_local_rank(
            "shard"
        )

    def told(self, number: Tensor) -> float:
        """`number` (), as rank 0 has it."""
        if self.alone:
            return float(number)
        number = number.detach().clone().float()
        dist.broadcast(number, 0)
        return float(number)

    def total(self, *numbers: Tensor) -> list[float]:
        """The sums over all readers of `numbers`; ranks that share a matrix hold the same, and count once."""
        together = torch.stack([number.double() for number in numbers])
        if not self.alone:
            dist.all_reduce(together)
        tensor = self.mesh["tensor"].size()
        return [float(number) / tensor for number in together.tolist()]


def is_loss(error: BaseException) -> bool:
    """Whether `error` is what a rank hears that waits for one that is no more: NCCL has errors of its own, Gloo's say its name."""
    return isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error))


def lost(error: BaseException) -> MissingError:
    """That error in one line."""
    return MissingError(
        f"another rank was lost, or the way to it ({' '.join(str(error).split())[:200]}); start all of them again to go on from the newest checkpoint"
    )


def _meeting(store: Store, rank: int, size: int) -> str:
    """A name that the ranks of this start have in common, and no earlier start had.

    `torchrun` keeps its store when it starts ranks anew, and what the dead ones wrote there must not be found. Its count of restarts is no
    such name: each node has its own. So each rank says who it is, rank 0 tells it the name, and the rank that it has heard.
    """
    own = uuid.uuid4().hex
    if rank:
        store.set(f"here/{rank}", own)
        name = store.get(f"name for/{own}").decode()
        store.set(f"heard/{name}/{own}", "")
        return name
    absent, until = set(range(1, size)), time.monotonic() + _PATIENCE.total_seconds()
    while absent:
        for other in sorted(absent):
            if store.check(
                [f"here/{other}"]
            ):  # by one of an earlier start, perhaps, who does not hear any more
                who = store.get(f"here/{other}").decode()
                store.set(f"name for/{who}", own)
                if store.check([f"heard/{own}/{who}"]):
                    absent.remove(other)
        if absent and time.monotonic() > until:
            raise RuntimeError(f"rank {', '.join(map(str, sorted(absent)[:8]))} stays away")
        time.sleep(0.02 if absent else 0)
    return own


@contextmanager
def joined(options: Parallel) -> Iterator[World]:
    """This process among its ranks, which `torchrun` names in the environment; alone where it does not.

    Raises `BadInputError` where the ranks cannot be laid out as `options` asks, `MissingError` where not all of them come, and
    where one is lost while the others wait for it.
    """
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    shard = options.shard or size // (options.replicate * options.tensor)
    if options.replicate * shard * options.tensor != size or not shard:
        raise BadInputError(
            f"[parallel] {options.replicate} · {shard} · {options.tensor} (replicate, shard, tensor) is not the {size} ranks there are"
        )
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda and device.index >= torch.cuda.device_count():
        raise BadInputError(
            f"there are more ranks here than GPUs ({torch.cuda.device_count()}): start as many as there are"
        )
    if cuda:
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
    try:
        if "RANK" in os.environ:
            store, _, _ = next(rendezvous("env://", rank, size, timeout=_PATIENCE))
            store = PrefixStore(_meeting(store, rank, size), store)
            dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
        else:
            dist.init_process_group(backend, store=HashStore(), rank=0, world_size=1)
        mesh = init_device_mesh(
            device.type,
            (options.replicate, shard, options.tensor),
            mesh_dim_names=("replicate", "shard", "tensor"),
        )
    except (dist.DistError, RuntimeError, ValueError) as error:
        raise MissingError(
            f"rank {rank} of {size} cannot meet the others ({' '.join(str(error).split())[:200]}); start them all"
        ) from None
    try:
        yield World(rank, size, device, mesh)
    except RuntimeError as error:
        if not is_loss(error):
            raise
        raise lost(error) from None
    finally:
        dist.destroy_process_group()
