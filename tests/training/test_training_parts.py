"""What the loop is made of, each held against its definition: loss, optimiser, schedule, eight bits, the dial, the plan, options."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
import rank
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._dynamo.utils import counters
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional
from torch.nn.attention.flex_attention import create_block_mask
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import network
from truthgpt.language.network import Network, Shape
from truthgpt.training import options, scaling
from truthgpt.training.options import Model, Parallel, Pretrain
from truthgpt.training.pretraining import fp8, loss, optimizer, parallel, schedule, world
from truthgpt.training.pretraining.parallel import Objective, parallelise
from truthgpt.training.pretraining.plan import memory, plan, shape_for


@pytest.mark.parametrize(
    ("scores", "compiled"),
    [
        (1, False),
        (700, False),
        (1 << 24, False),
        pytest.param(700, True, marks=pytest.mark.slow),
        pytest.param(1 << 24, True, marks=pytest.mark.slow),
    ],
)
def test_the_loss_and_its_gradients_are_those_of_all_scores_at_once(scores: int, compiled: bool) -> None:
    dice = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 5, 16, generator=dice, requires_grad=True)
    weight = torch.randn(70, 16, generator=dice, requires_grad=True)
    targets = torch.randint(0, 70, (3, 5), generator=dice)
    total = loss.summed(hidden, weight, targets, scores, compiled=compiled)
    found = torch.autograd.grad(total * 0.7, (hidden, weight))
    whole = functional.cross_entropy((hidden @ weight.T).flatten(0, 1), targets.flatten(), reduction="sum")
    wanted = torch.autograd.grad(whole * 0.7, (hidden, weight))
    assert total.item() == pytest.approx(whole.item(), rel=1e-6)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.slow  # the compiler takes its time
def test_selective_recomputation_keeps_what_a_compiled_attention_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a GPU, with plain attention in the place of FlexAttention, which has no gradients on a CPU."""
    asked: list[tuple[str, bool]] = []

    class Watched(tuple[Any, ...]):
        def __contains__(self, operation: object) -> bool:
            kept = tuple.__contains__(self, operation)
            asked.append((str(operation), kept))
            return kept

    def gathered(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return (query @ key.mT).softmax(-1) @ value

    compiled = network.compiled_whole(gathered)
    blocks = create_block_mask(lambda _b, _h, query, key: query >= key, None, None, 8, 8, device="cpu")
    monkeypatch.setattr(network, "document_mask", lambda documents: blocks)
    monkeypatch.setitem(network._compiled, "attention", lambda q, k, v, **_options: compiled(q, k, v))
    monkeypatch.setattr(parallel, "_KEPT", Watched(parallel._KEPT))
    made = Network(Shape(vocabulary=16, width=8, layers=1, heads=1, kv_heads=1, hidden=8, context=8))
    made.initialise(1)
    parallel._recompute(made, "selective")
    tokens = torch.arange(8)[None]
    made.logits(tokens, tokens).logsumexp(-1).sum().backward()
    assert asked.count(("inductor_compiled_code", True)) == 1  # once: it is not computed again
    assert not any("softmax" in operation for operation, _ in asked)


@pytest.mark.parametrize(
    "recompute",
    [pytest.param("none", marks=pytest.mark.slow), "selective", pytest.param("full", marks=pytest.mark.slow)],
)
def test_blocks_are_compiled_whole_whatever_is_computed_anew(
    recompute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the backend that traces and generates no code, which costs least."""
    monkeypatch.setattr(
        torch.nn.Module, "compile", partialmethod(torch.nn.Module.compile, backend="aot_eager")
    )
    tokens = torch.arange(64).view(2, 32)
    documents = (torch.arange(32) > 20).int().expand(2, 32)
    gradients = []
    for policy, compiled in (("none", False), (recompute, True)):
        torch._dynamo.reset()
        counters.clear()
        made = Network(Shape(vocabulary=64, width=32, layers=2, heads=2, kv_heads=1, hidden=32, context=32))
        made.initialise(1)
        dice = torch.Generator().manual_seed(3)
        for block in made.model.layers:
            torch.nn.init.normal_(block.self_attn.o_proj.weight, std=0.1, generator=dice)
            torch.nn.init.normal_(block.mlp.down_proj.weight, std=0.1, generator=dice)
        objective = Objective(made)
        with world.joined(Parallel()) as ranks:
            parallelise(objective, ranks, dtype=torch.float32, recompute=policy, compile=compiled)
            objective(tokens, tokens, documents).backward()
        gradients.append([weight.grad for weight in made.parameters()])
    assert counters["stats"]["unique_graphs"] == 1  # all blocks are one
    assert not counters["graph_break"]
    for found, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(found, wanted)


def test_where_no_gradient_is_asked_for_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[bool] = []
    right = loss._turned
    monkeypatch.setattr(loss, "_turned", lambda *args: (wanted.append(args[2]), right(*args))[1])
    hidden, weight = torch.randn(3, 4), torch.randn(5, 4, requires_grad=True)
    with torch.no_grad():
        looked = loss.summed(hidden, weight, torch.zeros(3, dtype=torch.long))
    learned = loss.summed(hidden, weight, torch.zeros(3, dtype=torch.long))
    assert wanted == [False, True]
    assert float(looked) == pytest.approx(float(learned.detach()))


def test_a_gpu_without_products_of_eight_bits_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: (8, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "NVIDIA A100")
    with pytest.raises(BadInputError, match="A100 has no products in fp8"):
        fp8.require_device(torch.device("cuda", 0))


@pytest.mark.parametrize("given_", [{"beta1": 1.0}, {"beta2": 1.5}, {"momentum": 1.0}, {"patience": 0}])
def test_what_the_optimiser_remembers_is_from_0_to_below_1(given_: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match=rf"\[pretrain\] {next(iter(given_))} is"):
        Pretrain(**given_)


def test_no_more_scores_are_made_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    right = torch.Tensor.amax

    def watched(scores: torch.Tensor, *args: Any, **named: Any) -> torch.Tensor:
        seen.append(scores.numel())
        return right(scores, *args, **named)

    monkeypatch.setattr(torch.Tensor, "amax", watched)
    loss.summed(torch.randn(100, 8), torch.randn(50, 8), torch.zeros(100, dtype=torch.long), 500)
    assert seen == [500] * 10


@pytest.mark.parametrize("sides", [(32, 32), (16, 48), (48, 16)])
def test_an_orthogonal_update_keeps_directions_and_evens_out_their_lengths(sides: tuple[int, int]) -> None:
    matrix = torch.randn(*sides, generator=torch.Generator().manual_seed(1))
    made = optimizer.orthogonal(matrix)
    values = torch.linalg.svdvals(made)
    assert values.min() > 0.6
    assert values.max() < 1.3
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    turned = left.T @ made @ right.T
    assert torch.diagonal(turned).min() > 0.6
    assert (turned - torch.diag(torch.diagonal(turned))).abs().max() < 1e-3


def test_adamw_is_pytorchs_and_norms_do_not_decay() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
    theirs.load_state_dict(ours.state_dict())
    mine = optimizer.Optimizer(ours.named_parameters(), muon=False, decay=0.1)
    reference = torch.optim.AdamW(
        [{"params": [theirs.weight], "weight_decay": 0.1}, {"params": [theirs.bias], "weight_decay": 0.0}],
        lr=0.01,
        betas=(0.9, 0.95),
    )
    for _ in range(3):
        x = torch.randn(5, 4)
        for layer in (ours, theirs):
            layer.zero_grad()
            layer(x).square().sum().backward()
        mine.step(0.01)
        reference.step()
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)


@given(st.integers(1, 400), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1))
def test_the_rate_rises_stays_and_falls(steps: int, warmup: float, cooldown: float, floor: float) -> None:
    shares = [schedule.share(step, steps, warmup, cooldown, floor) for step in range(steps)]
    rising, falling = round(warmup * steps), round(cooldown * steps)
    assert all(0 < share <= 1 or share == pytest.approx(floor) for share in shares)
    assert shares[:rising] == sorted(shares[:rising])
    assert all(share == 1 for share in shares[rising : steps - falling])
    assert shares[steps - falling :] == sorted(shares[steps - falling :], reverse=True)
    assert min(shares[rising:], default=1) >= floor - 1e-12


def test_products_of_eight_bits_are_near_those_of_thirty_two() -> None:
    dice = torch.Generator().manual_seed(2)
    layer = torch.nn.Linear(64, 32, bias=False)
    x = torch.randn(2, 16, 64, generator=dice, requires_grad=True)
    slope = torch.randn(2, 16, 32, generator=dice) * 1e-3
    wanted = torch.autograd.grad(layer(x), (x, layer.weight), slope)
    exact = layer(x)
    layer.__class__ = fp8.Linear
    found = torch.autograd.grad(layer(x), (x, layer.weight), slope)
    assert ((layer(x) - exact).norm() / exact.norm()).item() < 0.05
    for ours, theirs in zip(found, wanted, strict=True):
        assert ((ours - theirs).norm() / theirs.norm()).item() < 0.1


@pytest.mark.parametrize(
    ("model", "length", "ranks"),
    [({"hidden": 40}, 32, 1), ({"context": 100}, 100, 1), ({"hidden": 16}, 32, 2)],
)
def test_a_plan_refuses_sides_that_products_of_eight_bits_do_not_take(
    model: dict[str, int], length: int, ranks: int
) -> None:
    with pytest.raises(BadInputError, match="multiples of 16"):
        plan(
            replace(rank.NETWORK, **model),
            Pretrain(precision="fp8", length=length),
            Parallel(tensor=ranks),
            128,
            ranks=ranks,
            gpu=False,
        )


def test_a_plan_refuses_matrices_that_ranks_cannot_share() -> None:
    with pytest.raises(BadInputError, match="3 ranks cannot share 4 heads"):
        plan(rank.NETWORK, Pretrain(), Parallel(tensor=3), 128, ranks=3, gpu=False)


@pytest.mark.parametrize(("written", "parameters"), [("124M", 124e6), ("350M", 350e6), ("1.3B", 1.3e9)])
def test_the_dial_comes_near_the_parameters_that_are_asked_for(written: str, parameters: float) -> None:
    shape = shape_for(Model(params=written), 32_768)
    assert shape.parameters == pytest.approx(parameters, rel=0.01)
    assert shape.head_width == scaling.HEAD_WIDTH
    assert shape.heads % shape.kv_heads == 0
    assert shape.heads <= 8 * shape.kv_heads


def test_the_dial_comes_near_all_sizes_that_their_embeddings_leave_room_for() -> None:
    off = []
    for parameters in (round(25e6 * 1.06**step) for step in range(140)):
        shape = scaling.by_parameters(parameters, 32_768, 2_048)
        off.append(abs(shape.parameters / parameters - 1))
        assert shape.heads <= 8 * shape.kv_heads
    assert max(off) < 0.04  # where output weights of their own begin to pay
    assert sum(share > 0.01 for share in off) <= 2


def test_one_dial_sets_the_rest_and_every_part_may_be_set_beside_it() -> None:
    small, large = (
        plan(Model(depth=depth), Pretrain(), Parallel(), 32_768, ranks=1, gpu=True) for depth in (8, 16)
    )
    assert large.tokens > 4 * small.tokens
    assert large.rate < small.rate
    assert large.rows > small.rows
    assert small.tokens == pytest.approx(20 * small.shape.parameters, rel=0.01)
    given_ = plan(
        Model(depth=8, width=256, kv_heads=1, tied=False, rope_base=5e5),
        Pretrain(tokens="2M", batch="16k", rate=0.5, length=512),
        Parallel(),
        1_000,
        ranks=1,
        gpu=False,
    )
    assert (given_.shape.width, given_.shape.layers, given_.shape.heads, given_.shape.kv_heads) == (
        256,
        8,
        4,
        1,
    )
    assert given_.shape.vocabulary == 1_024  # in round numbers
    assert (given_.rate, given_.length, given_.rows) == (0.5, 512, 31)
    assert given_.tokens == pytest.approx(2e6, rel=0.01)


class Living(TorchDispatchMode):
    """Counts the bytes of the tensors that were made while it lasts and still live."""

    def __init__(self, weights: Iterable[torch.Tensor]) -> None:
        super().__init__()
        # What a product reads of a weight is a view of it: no tensor of its own.
        self._owned = {StorageWeakRef(weight.untyped_storage()).cdata for weight in weights}
        self._made: list[tuple[StorageWeakRef, int]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                self._made.append((StorageWeakRef(storage), storage.nbytes()))
        return made

    @property
    def bytes(self) -> int:
        living = {ref.cdata: size for ref, size in self._made if not ref.expired()}
        return sum(size for storage, size in living.items() if storage not in self._owned)


@pytest.mark.parametrize("recompute", ["none", "selective", "full"])
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("width", [128, 256])
def test_the_plan_knows_the_memory_of_activations(recompute: Any, half: bool, width: int) -> None:
    model = Model(depth=2, context=128, width=width, layers=4, heads=4, kv_heads=2, hidden=3 * width)
    pretrain = Pretrain(tokens=20_480, batch=2_048, micro=16, recompute=recompute)
    made = plan(model, pretrain, Parallel(), 128, ranks=1, gpu=False)
    objective = Objective(Network(made.shape))
    objective.network.initialise(0)
    tokens, documents = torch.zeros(16, 128, dtype=torch.long), torch.zeros(16, 128, dtype=torch.int32)
    with world.joined(Parallel()) as ranks:
        parallelise(
            objective,
            ranks,
            dtype=torch.bfloat16 if half else torch.float32,
            recompute=recompute,
            compile=False,
        )
        with Living(objective.parameters()) as living:
            hidden = objective.network(tokens, documents)
    assert hidden.requires_grad
    gc.collect()
    told = memory(made, pretrain, Parallel(), 1, half=half, gpu=False)["activations"]
    assert told == pytest.approx(living.bytes, rel=0.15)


KINDS: dict[str, type[Any]] = {"pretrain": Pretrain, "model": Model}


def test_a_file_of_options_is_read_by_type_and_what_is_not_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('out = "here"\n[model]\nparams = "124M"\n[pretrain]\nclip = 2\ntokens = "1B"\n')
    run = options.read(path)
    assert run.out == tmp_path / "here"
    assert run.section("pretrain", Pretrain).clip == 2.0
    assert run.section("model", Model).params == "124M"
    for text, said in (
        ("[pretrain]\nrat = 1", r"\[pretrain\] rat is not known; there are .*rate"),
        ('[pretrain]\nrate = "fast"', r"\[pretrain\] rate is 'fast'; it must be a number"),
        ("[pretrain]\nseed = true", r"\[pretrain\] seed is True; it must be a whole number"),
        ('[pretrain]\noptimizer = "sgd"', r"'muon' or 'adamw'"),
        ("[pretrain]\nwarmup = 0.9\ncooldown = 0.9", "together at most 1"),
        ("[model]\ndepth = 2.5", r"depth is 2.5; it must be a whole number"),
    ):
        path.write_text(text)
        found = options.read(path)
        name, kind = next((name, kind) for name, kind in KINDS.items() if name in found.sections)
        with pytest.raises(BadInputError, match=said):
            found.section(name, kind)
    for text, said in (
        ("[modle]\ndepth = 1", "'modle' is not known"),
        ("out = 3", "path of a folder"),
        ("a = [", "TOML"),
    ):
        path.write_text(text)
        with pytest.raises(BadInputError, match=said):
            options.read(path)
    with pytest.raises(MissingError, match="no such file"):
        options.read(tmp_path / "none.toml")


def test_a_plan_that_cannot_be_is_one_line() -> None:
    for model, pretrain, said in (
        (Model(depth=2, params="1M"), Pretrain(), "one dial"),
        (Model(depth=0), Pretrain(), "not between 1 and"),
        (Model(params="many"), Pretrain(), "write a number above 0"),
        (Model(depth=2, context=64), Pretrain(length=128), "reads at most 64"),
        (Model(depth=2, heads=3), Pretrain(), "cannot be shared out"),
    ):
        with pytest.raises(BadInputError, match=said):
            plan(model, pretrain, Parallel(), 1_000, ranks=1, gpu=False)
