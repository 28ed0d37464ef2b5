"""A card says what is known and what is not; names in it are text; damaged ones are one line."""

from __future__ import annotations

import errno
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.network import Shape
from truthgpt.training.models import card
from truthgpt.training.models.card import Data, Figure, Inspection, Stage, Training
from truthgpt.training.pretraining.energy import Hardware, energy

SHAPE = Shape(vocabulary=4096, width=128, layers=3, heads=4, kv_heads=2, hidden=352, context=512)
FACTS = Training(
    name="harbour-1",
    shape=SHAPE,
    data=Data(
        version=3,
        content_hash="ab" * 32,
        documents=100,
        tokens=20_000,
        held_out=5,
        languages={"en": 19_000, "no": 900, "": 100},
        communities={"a|b](http://x)": 19_000, "<script>": 1_000},
        left_out={"near copies": 7},
    ),
    stages=(
        Stage("pretrain", 1_000_000, 512, 100, 3_600.0, Hardware("NVIDIA H200", 2, gpu=True), 3.25),
        Stage("finetune", 500_000, 256, 50, 1_800.0, Hardware("some processor", 4, gpu=False, watts=10.0)),
    ),
    when="2026-11-29T13:00:00Z",
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    whole = replace(
        FACTS,
        figures=(Figure("held-out texts", 1.25, "bits per byte", 80, 1.2, 1.3),),
        inspection=Inspection("passed", "2026-11-30", "c1"),
        base="smollm2-135m",
        license="apache-2.0",
    )
    for facts in (FACTS, whole):
        card.write(tmp_path, facts)
        assert card.read(tmp_path) == facts
    text = (tmp_path / "README.md").read_text()
    for part in ("1.25 bits per byte", "1.2 to 1.3", "passed", "smollm2", "NVIDIA H200", "near copies"):
        assert part in text


def test_flop_and_energy_are_reckoned_and_said_to_be_estimates(tmp_path: Path) -> None:
    card.write(tmp_path, FACTS)
    found = orjson.loads((tmp_path / "card.json").read_bytes())
    weights = SHAPE.matrices + 4096 * 128
    expected = 1e6 * (6 * weights + 6 * 3 * 128 * 512) + 5e5 * (6 * weights + 6 * 3 * 128 * 256)
    assert found["flop"] == pytest.approx(expected)
    # Two parts of 700 W for an hour, four of 10 W for half an hour.
    assert found["energy_kwh"] == pytest.approx(1.4 + 0.02)
    assert found["parameters"] == SHAPE.parameters
    text = (tmp_path / "README.md").read_text()
    assert "The energy is an estimate, not a measurement" in text
    assert "700 W" in text
    assert "10 W (as given)" in text


def test_what_nobody_did_is_said(tmp_path: Path) -> None:
    card.write(tmp_path, FACTS)
    text = (tmp_path / "README.md").read_text()
    assert "Not inspected." in text
    assert "Not evaluated." in text
    assert orjson.loads((tmp_path / "card.json").read_bytes())["inspection"] is None


def test_the_hub_reads_the_head(tmp_path: Path) -> None:
    card.write(tmp_path, replace(FACTS, base="a: b\nc"))
    head = yaml.safe_load((tmp_path / "README.md").read_text().split("---\n")[1])
    assert head["language"] == ["en", "no"]  # and no `false`, which a bare `no` is
    assert head["license"] == "unknown"
    assert head["base_model"] == "a: b\nc"
    assert head["pipeline_tag"] == "text-generation"


def test_names_of_communities_are_no_markup(tmp_path: Path) -> None:
    card.write(tmp_path, replace(FACTS, name="# x\n\n<b>y</b>"))
    text = (tmp_path / "README.md").read_text()
    assert "<script>" not in text
    assert "<b>" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not any(line.startswith("<b>") for line in text.splitlines())
    row = next(line for line in text.splitlines() if line.startswith("| a"))
    assert row.replace("\\|", "").count("|") == 3


@pytest.mark.parametrize(
    ("hardware", "watts"),
    [
        (Hardware("NVIDIA H100 PCIe", 1, gpu=True), 350),
        (Hardware("NVIDIA H100 80GB HBM3", 1, gpu=True), 700),
        (Hardware("NVIDIA L40S", 1, gpu=True), 350),
        (Hardware("NVIDIA L4", 1, gpu=True), 72),
        (Hardware("a new part", 1, gpu=True), 400),
        (Hardware("Xeon H200", 8, gpu=False), 50),
        (Hardware("NVIDIA H200", 2, gpu=True, watts=550), 1_100),
    ],
)
def test_power_is_of_the_part_that_is_named(hardware: Hardware, watts: float) -> None:
    assert energy(hardware, 3_600).kwh == pytest.approx(watts / 1_000)


def damaged(**changes: Any) -> bytes:
    return orjson.dumps(FACTS.as_dict() | changes)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"5", b'"text"', b"{}", damaged(stages=5), damaged(shape={}), damaged(data=None),
     damaged(figures=[{"what": "x"}]), damaged(name=7), damaged(flop="much"), damaged(limits=[5])],
)  # fmt: skip
def test_a_damaged_card_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(BadInputError, match=r"card\.json") as caught:
        card.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_full_disk_leaves_the_card_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingError, match="no card"):
        card.read(tmp_path)
    card.write(tmp_path, FACTS)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(MissingError, match="No space left"):
            card.write(tmp_path, replace(FACTS, name="other"))
    assert card.read(tmp_path) == FACTS
