"""Machines and networks as data: every file can be what it says it is, and a wrong one is named where it is wrong."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from truthgpt.errors import BadInputError, MissingError, TruthGPTError
from truthgpt.training.planner.machine import known, machine
from truthgpt.training.planner.networks import known_networks, network

ASKED = [
    "a100-40gb", "a100-80gb", "b200", "gb200-nvl72", "h100-pcie", "h100-sxm", "h200", "mi300x", "tpu-v4", "tpu-v5p",
]  # fmt: skip

OWN = """
name = "Our machine"
[accelerator]
memory = 96e9
bandwidth = 4e12
bfloat16 = 1e15
watts = 600
[node]
size = 4
bandwidth = 200e9
latency = 4e-6
[network]
bandwidth = 25e9
latency = 14e-6
[reached]
matrix = 0.7
edge = 60
attention = 0.5
memory = 0.8
link = 0.7
network = 0.7
hidden = 0.7
[cost]
hour = 2
bought = 20000
host = 300
overhead = 1.3
date = "2026-11"
source = "our offer"
"""

LINK = """
[our-fibre]
bandwidth = 1e9
latency = 1e-3
"""


def own(folder: Path, text: str, name: str = "ours.toml") -> str:
    """The path of a file of one's own that holds `text`."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def one_line(error: pytest.ExceptionInfo[TruthGPTError]) -> str:
    said = str(error.value)
    assert len(said.splitlines()) == 1
    return said


def test_the_machines_that_are_promised_come_with_the_package() -> None:
    assert set(ASKED) <= set(known())


@pytest.mark.parametrize("name", known())
def test_a_file_says_when_and_where_its_figures_come_from(name: str) -> None:
    found = machine(name)
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", found.cost.date)
    for source in (found.accelerator.source, found.network.source, found.cost.source, found.reached.fitted):
        assert source.strip()
        assert "\n" not in source
    for of in ("Hour:", "Host:", "Building:"):
        assert of in found.cost.source
    assert ("Bought:" in found.cost.source) == (found.cost.bought > 0)


@pytest.mark.parametrize("name", known())
def test_a_file_could_be_of_a_machine(name: str) -> None:
    """A slip of a power of ten, bits for bytes or a rate for sparse matrices falls out of these bounds, or of the next test."""
    found = machine(name)
    chip = found.accelerator
    assert 30e9 <= chip.memory <= 300e9
    assert 0.5e12 <= chip.bfloat16 / chip.watts <= 4e12
    assert 100 <= chip.bfloat16 / chip.bandwidth <= 500
    if chip.fp8:
        assert chip.fp8 == pytest.approx(2 * chip.bfloat16, rel=0.001)
    # Each thing is slower than that which lies within it.
    assert chip.bandwidth > 3 * found.node.bandwidth
    assert found.node.bandwidth > found.network.bandwidth
    assert 0 < found.node.latency <= found.network.latency <= 100e-6
    assert found.node.size >= 8
    assert 0 < found.cost.host < 1.5 * chip.watts
    assert 1 < found.cost.overhead < 2
    assert 1 <= found.cost.hour <= 20
    # What is bought is paid back by a rent of half a year to six years.
    assert not found.cost.bought or 4_000 < found.cost.bought / found.cost.hour < 50_000


@pytest.mark.parametrize(
    ("name", "teraflops"),
    [
        ("a100-40gb", 312),
        ("a100-80gb", 312),
        ("h100-sxm", 989),
        ("h100-pcie", 756),
        ("h200", 989),
        ("b200", 2_250),
        ("gb200-nvl72", 2_500),
        ("mi300x", 1_307),
        ("tpu-v4", 275),
        ("tpu-v5p", 459),
    ],
)
def test_peaks_are_of_dense_matrices(name: str, teraflops: float) -> None:
    """Makers print the double rate for matrices that are half zeros; a plan reckoned with that would take half the time."""
    assert machine(name).accelerator.bfloat16 / 1e12 == pytest.approx(teraflops, rel=0.001)


def test_only_what_is_not_sold_has_no_price() -> None:
    assert [name for name in known() if not machine(name).cost.bought] == ["tpu-v4", "tpu-v5p"]


@pytest.mark.parametrize("name", known())
def test_a_machine_without_published_runs_reaches_what_its_like_reaches(name: str) -> None:
    """Constants that are fitted anew are to be taken over by the machines that have them from another."""
    found = machine(name).reached
    if not found.fitted.startswith("not fitted: as "):
        return
    likes = [machine(other) for other in known()]
    like = next(other for other in likes if other.name == found.fitted.removeprefix("not fitted: as "))
    assert not like.reached.fitted.startswith("not fitted")
    assert dataclasses.replace(found, fitted="") == dataclasses.replace(like.reached, fitted="")


def test_a_domain_of_fast_links_is_as_large_as_it_is_built() -> None:
    assert {name: machine(name).node.size for name in ("h100-sxm", "gb200-nvl72", "tpu-v4", "tpu-v5p")} == {
        "h100-sxm": 8,
        "gb200-nvl72": 72,
        "tpu-v4": 4_096,
        "tpu-v5p": 6_144,
    }


def test_a_name_may_be_written_as_people_write_it() -> None:
    assert machine("H100 SXM") is machine("h100-sxm")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    found = machine(own(tmp_path, OWN))
    assert (found.name, found.node.size, found.accelerator.fp8) == ("Our machine", 4, 0)
    assert found.watts == pytest.approx(900 * 1.3)


def test_a_machine_that_is_nowhere_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="h1000") as error:
        machine("h1000")
    assert "h100-sxm" in one_line(error)
    with pytest.raises(MissingError, match=r"gone\.toml") as error:
        machine(str(tmp_path / "gone.toml"))
    one_line(error)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("watts = 600\n", "", ["[accelerator]", "watts"]),
        ("[node]\nsize = 4\nbandwidth = 200e9\nlatency = 4e-6\n", "", ["[node]"]),
        ('name = "Our machine"\n', "", ["name"]),
        ("watts = 600", "watts = -600", ["[accelerator]", "watts", "-600"]),
        ("watts = 600", "watts = nan", ["[accelerator]", "watts", "nan"]),
        ("overhead = 1.3", "overhead = inf", ["[cost]", "overhead", "inf"]),
        ("watts = 600", 'watts = "600 W"', ["[accelerator]", "watts", "600 W", "number"]),
        ("size = 4", "size = 4.5", ["[node]", "size", "4.5", "whole number"]),
        ("size = 4", "size = true", ["[node]", "size", "whole number"]),
        ("matrix = 0.7", "matrix = 70", ["[reached]", "matrix"]),
        ("watts = 600", "watts = 600\nwats = 600", ["[accelerator]", "wats"]),
        ("[node]", "[nodes]", ["nodes"]),
        ("watts = 600", "watts = 600 W", ["line 7"]),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line_that_names_it(
    tmp_path: Path, old: str, new: str, named: list[str]
) -> None:
    assert old in OWN
    with pytest.raises(BadInputError) as error:
        machine(own(tmp_path, OWN.replace(old, new, 1)))
    said = one_line(error)
    assert [part for part in named if part not in said] == []


@pytest.mark.parametrize("name", known_networks())
def test_a_network_says_where_its_figures_come_from_and_could_be(name: str) -> None:
    found = network(name)
    assert found.source.strip()
    assert 1e-6 <= found.latency <= 100e-6
    # The last number of a name is of Gb/s.
    assert found.bandwidth == pytest.approx(float(name.rsplit("-", 1)[1]) / 8 * 1e9)


def test_networks_and_machines_agree() -> None:
    """A machine that comes with InfiniBand plans the same with that network named."""
    for kind, name in (("a100-80gb", "infiniband-hdr-200"), ("h100-sxm", "infiniband-ndr-400")):
        assert dataclasses.replace(machine(kind).network, source="") == dataclasses.replace(
            network(name), source=""
        )


def test_a_network_of_ones_own_is_read(tmp_path: Path) -> None:
    assert network(own(tmp_path, LINK)) == network(own(tmp_path, LINK + 'source = ""\n', "again.toml"))
    assert network(own(tmp_path, LINK)).bandwidth == 1e9


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("latency = 1e-3\n", "", ["[our-fibre]", "latency"]),
        ("bandwidth = 1e9", "bandwidth = 0", ["[our-fibre]", "bandwidth", "above 0"]),
        ("bandwidth = 1e9", "bandwidth = -1e9", ["[our-fibre]", "bandwidth", "above 0"]),
        ("bandwidth = 1e9", "bandwidth = nan", ["[our-fibre]", "bandwidth"]),
        ("latency = 1e-3", "latency = -1", ["[our-fibre]", "latency"]),
        ("bandwidth = 1e9", 'bandwidth = "8 Gb/s"', ["[our-fibre]", "bandwidth", "8 Gb/s", "number"]),
        ("latency = 1e-3", "latency = 1e-3\ndelay = 1", ["[our-fibre]", "delay"]),
        ("[our-fibre]\n", "", ["bandwidth", "section"]),
        (LINK, LINK + LINK.replace("our", "their"), ["2 sections"]),
        (LINK, "", ["0 sections"]),
        ("bandwidth = 1e9", "bandwidth = ", ["TOML"]),
    ],
)
def test_what_is_wrong_with_a_network_is_one_line_that_names_it(
    tmp_path: Path, old: str, new: str, named: list[str]
) -> None:
    assert old in LINK
    with pytest.raises(BadInputError) as error:
        network(own(tmp_path, LINK.replace(old, new, 1)))
    said = one_line(error)
    assert [part for part in ["ours.toml", *named] if part not in said] == []


def test_a_network_that_is_nowhere_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="carrier-pigeon") as error:
        network("carrier-pigeon")
    assert "infiniband-ndr-400" in one_line(error)
    with pytest.raises(MissingError, match=r"gone\.toml") as error:
        network(str(tmp_path / "gone.toml"))
    one_line(error)
