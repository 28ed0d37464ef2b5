"""A job, a machine and a layout in; seconds of a microbatch through a block, and through what stands before the first and behind the last, out."""

from __future__ import annotations

import dataclasses

from truthgpt.training.planner import collectives
from truthgpt.training.planner.collectives import Group
from truthgpt.training.planner.kernels import HALF, Kernels
from truthgpt.training.planner.layout import Job, Layout
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.passes import Pass, Terms

_Key = tuple[int | bool | str, ...]


class Blocks:
    """Times of the parts of `job`'s network on `machine`; each reckoned once for layouts that do not differ in it."""

    def __init__(self, job: Job, machine: Machine) -> None:
        self._job, self._machine = job, machine
        self._kernels = Kernels(job, machine)
        self._blocks: dict[_Key, tuple[Pass, Pass]] = {}
        self._ends: dict[_Key, Pass] = {}

    def block(self, layout: Layout) -> tuple[Pass, Pass]:
        """A microbatch through a dense block and through one with experts."""
        key: _Key = (
            layout.tensor,
            layout.sequence,
            layout.context,
            layout.expert,
            layout.micro,
            layout.recompute,
        )
        if layout.context > 1 or layout.expert > 1:
            key = (*key, layout.data)
        if key not in self._blocks:
            attention = self._attention(layout)
            network = self._job.transformer
            hidden = network.dense_hidden if network.experts else network.hidden
            dense = sparse = Pass()
            if hidden:
                dense = self._together(layout, attention, self._forward(layout, hidden), hidden)
            if network.experts:
                passed = network.hidden * (network.active + network.shared)
                sparse = self._together(layout, attention, self._experts(layout), passed)
            self._blocks[key] = dense, sparse
        return self._blocks[key]

    def _together(self, layout: Layout, attention: Pass, feed_forward: Pass, hidden: float) -> Pass:
        """A whole block of attention's products and a feed-forward network of `hidden` units a token."""
        network, tensor = self._job.transformer, layout.tensor
        tokens = layout.tokens(self._job)
        there, back = self._kernels.between(
            tokens,
            network.width / (tensor if layout.sequence else 1),
            hidden / tensor,
            (network.heads + 2 * network.kv_heads) * network.head_width / tensor,
            network.gated,
        )
        whole = attention.plus(feed_forward).plus(Pass(Terms(elementwise=there), Terms(elementwise=back)))
        if layout.recompute == "full":
            # PyTorch stops where all that the backward pass reads is there; Megatron-LM runs the block to its end.
            stops = self._job.software.kernels != "fused"
            anew = whole.forward.plus(feed_forward.last, -1.0) if stops else whole.forward
            return Pass(whole.forward, whole.backward.plus(anew), whole.weights)
        if layout.recompute == "selective" and not self._job.software.fused_attention:
            anew = Terms(attention=attention.forward.attention)
            return Pass(whole.forward, whole.backward.plus(anew), whole.weights)
        if layout.recompute == "selective":
            share = self._job.software.selective_products
            anew = Terms(share * whole.forward.products, elementwise=there)
            return Pass(whole.forward, whole.backward.plus(anew), whole.weights)
        return whole

    def _attention(self, layout: Layout) -> Pass:
        network, job, tensor = self._job.transformer, self._job, layout.tensor
        tokens, width = layout.tokens(self._job), network.head_width
        keys = network.kv_heads / min(tensor, network.kv_heads)
        heads = network.heads / tensor
        into = self._kernels.product(tokens, (heads + 2 * keys) * width, network.width, blocks=True)
        out = self._kernels.product(tokens, network.width, heads * width, blocks=True)
        there, back = self._kernels.attention(
            layout.micro, heads, job.length / layout.context, job.length, width
        )
        # Keys and values of all context ranks are gathered, as Llama 3 does it, and their gradients scattered.
        ranks = Group(layout.context, tensor, self._machine.node.size)
        passed = collectives.scattered(
            self._machine, ranks, 2 * keys * width * HALF * layout.micro * job.length
        )
        return self._cut(
            layout,
            Pass(
                Terms(into + out, there, context=passed),
                Terms(2 * (into + out), back, context=2 * passed),
                into + out,
            ),
            into,
            out,
        )

    def _forward(self, layout: Layout, hidden: float) -> Pass:
        """A dense feed-forward network of `hidden` units."""
        tokens = layout.tokens(self._job)
        into, out = self._units(tokens, hidden / layout.tensor)
        return self._cut(
            layout, Pass(Terms(into + out), Terms(2 * (into + out)), into + out, Terms(out)), into, out
        )

    def _units(self, tokens: float, hidden: float) -> tuple[float, float]:
        """Seconds of the products into and out of `hidden` units."""
        network = self._job.transformer
        many = (network.matrices - 1) * hidden
        return (
            self._kernels.product(tokens, many, network.width, blocks=True),
            self._kernels.product(tokens, network.width, hidden, blocks=True),
        )

    def _experts(self, layout: Layout) -> Pass:
        """The experts of a block, evenly used: tokens go to the ranks that have theirs and come back."""
        network, tokens = self._job.transformer, layout.tokens(self._job)
        held = network.experts / layout.expert
        load = tokens * network.active / held
        into, out = self._units(load, network.hidden / layout.tensor)
        products, last = held * (into + out), held * out
        if network.shared:
            more_into, more_out = self._units(tokens, network.shared * network.hidden / layout.tensor)
            products += more_into + more_out
            last += more_out
        group = Group(layout.expert, layout.tensor, self._machine.node.size)
        size = HALF * tokens * network.active * network.width / (layout.tensor if layout.sequence else 1)
        moved = 2 * collectives.exchanged(self._machine, group, size)
        through = Pass(
            Terms(products, expert=moved),
            Terms(2 * products, expert=moved),
            products,
            Terms(last, expert=moved / 2),
        )
        return self._cut(layout, through, products / 2, products / 2, network.active + bool(network.shared))

    def _cut(self, layout: Layout, through: Pass, into: float, out: float, copies: int = 1) -> Pass:
        """`through` two products cut over tensor ranks, the first by columns, the second by rows: with what they say.

        Forward an all-reduce behind the second, or an all-gather before the first and a reduce-scatter behind the second;
        backward the same, and with `sequence` the inputs once more. Experts have each token in several `copies`.
        """
        if layout.tensor == 1:
            return through
        group = Group(layout.tensor, 1, self._machine.node.size)
        size = HALF * copies * layout.tokens(self._job) * self._job.transformer.width
        one = collectives.scattered(self._machine, group, size)
        how = self._job.software.overlap_tensor
        if how == "all" and layout.sequence:
            forward = self._beside(one, into) + self._beside(one, out)
            backward = forward + self._beside(one, out)
        elif how == "all":
            forward = one + self._beside(one, out)
            backward = self._beside(2 * one, into)
        elif how == "backward":
            forward = 2 * one
            # Beside the products of gradients of weights, which nothing waits for.
            backward = (one if layout.sequence else 0.0) + max(
                0.0, (1 if layout.sequence else 2) * one - into
            )
        else:
            forward = 2 * one
            backward = (3 if layout.sequence else 2) * one
        behind = self._beside(one, out) if how == "all" else one
        cut = through.plus(Pass(Terms(tensor=forward), Terms(tensor=backward)))
        return dataclasses.replace(cut, last=through.last.plus(Terms(tensor=behind)))

    def _beside(self, said: float, product: float) -> float:
        """Seconds that a collective of `said` adds to a product of as many seconds as `product`, in pieces beside which it runs."""
        return said - self._machine.reached.hidden * min(said, product)

    def end(self, layout: Layout, *, output: bool) -> Pass:
        """What stands before the first block, or behind the last."""
        key = (output, layout.tensor, layout.sequence, layout.context, layout.micro)
        if key not in self._ends:
            self._ends[key] = self._output(layout) if output else self._embedding(layout)
        return self._ends[key]

    def _embedding(self, layout: Layout) -> Pass:
        size = HALF * layout.tokens(self._job) * self._job.transformer.width
        group = Group(layout.tensor, 1, self._machine.node.size)
        there, back = self._kernels.moved(3 * size), self._kernels.moved(3 * size)
        said = collectives.reduced(self._machine, group, size)
        return Pass(Terms(elementwise=there, tensor=said), Terms(elementwise=back))

    def _output(self, layout: Layout) -> Pass:
        network, tokens = self._job.transformer, layout.tokens(self._job)
        scores = network.vocabulary / layout.tensor
        product = self._kernels.product(tokens, scores, network.width)
        softmax = self._kernels.losses(tokens, scores)
        group = Group(layout.tensor, 1, self._machine.node.size)
        size = HALF * tokens * network.width
        said = collectives.reduced(self._machine, group, size) if layout.tensor > 1 else 0.0
        return Pass(
            Terms(product, elementwise=softmax / 2, tensor=said / 2),
            Terms(2 * product, elementwise=softmax / 2, tensor=said / 2),
            product,
        )
