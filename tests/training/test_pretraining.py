"""The loop: it learns, goes on exactly where it stopped, skips what would undo it, and loses no checkpoint."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import pickle
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rank
import torch
from torch.distributed.checkpoint.metadata import BytesStorageMetadata, MetadataIndex

from full_disk import no_file_beyond
from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.options import Model, Parallel
from truthgpt.training.pretraining import checkpoint, journal, loop, loss, world
from truthgpt.training.pretraining.plan import plan

pytestmark = pytest.mark.xdist_group("pretraining")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("undisturbed")
    rank.train(folder, rank.pretrain(), Parallel(), drawn=True)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(folder / "weights.pt")
    return found


def assert_same(left: Path, right: Path) -> None:
    ours, theirs = weights(left), weights(right)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def at(step: int, number: signal.Signals) -> dict[int, Any]:
    return {step: lambda: os.kill(os.getpid(), number)}


def test_it_learns_and_tells_how(undisturbed: Path) -> None:
    rows = journal.read(undisturbed)
    assert [row["step"] for row in rows] == list(range(1, rank.STEPS + 1))
    assert rows[-1]["loss"] < rows[0]["loss"] - 1
    assert rows[-1]["tokens"] == rank.STEPS * rank.ROWS * rank.LENGTH
    assert all(row["tokens_per_second"] > 0 and row["mfu"] > 0 and row["norm"] > 0 for row in rows)
    assert [row["step"] for row in rows if "validation" in row] == [8, 16]
    # The split's tokens have three bytes each: nats a token over ln 2 and three are bits a byte.
    assert rows[-1]["bits_per_byte"] == pytest.approx(rows[-1]["validation"] / 0.693147 / 3, rel=1e-4)
    assert (undisturbed / journal.PICTURE).read_text().startswith("<?xml")
    assert list((undisturbed / "tensorboard").glob("events.*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_was_asked_to_stop_goes_on_as_if_it_had_not_been(
    undisturbed: Path, tmp_path: Path, number: signal.Signals
) -> None:
    stopped = rank.train(tmp_path, rank.pretrain(), Parallel(), at(5, number))
    assert not stopped.done
    assert stopped.step == 6
    done = rank.train(tmp_path, rank.pretrain(), Parallel(), begins=(6,))
    assert done.done
    assert_same(tmp_path, undisturbed)
    ours, theirs = journal.read(tmp_path), journal.read(undisturbed)
    assert [row["loss"] for row in ours] == [row["loss"] for row in theirs]


def test_a_run_that_is_done_does_nothing_more(undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (undisturbed / "checkpoints").rglob("*")}
    again = rank.train(undisturbed, rank.pretrain(), Parallel())
    assert again.done
    assert again.loss == journal.read(undisturbed)[-1]["loss"]
    assert {path: path.stat().st_mtime_ns for path in (undisturbed / "checkpoints").rglob("*")} == before


@pytest.mark.parametrize("policy", ["selective", "full"])
def test_what_is_computed_anew_changes_nothing(undisturbed: Path, tmp_path: Path, policy: str) -> None:
    rank.train(tmp_path, rank.pretrain(recompute=policy), Parallel())
    assert_same(tmp_path, undisturbed)


def test_how_many_rows_are_computed_at_once_changes_rounding_alone(undisturbed: Path, tmp_path: Path) -> None:
    rank.train(tmp_path, rank.pretrain(micro=8), Parallel())
    for ours, theirs in zip(journal.read(tmp_path), journal.read(undisturbed), strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], abs=1e-5)


def test_halves_and_quarters_of_numbers_learn_as_well(tmp_path: Path) -> None:
    few = 6 * rank.ROWS * rank.LENGTH  # eight bits are slow on a CPU
    for precision in ("float32", "bfloat16", "fp8"):
        rank.train(tmp_path / precision, rank.pretrain(precision=precision, tokens=few), Parallel())
    wanted, *found = (
        journal.read(tmp_path / precision)[-1]["loss"] for precision in ("float32", "bfloat16", "fp8")
    )
    assert wanted < 3.0
    assert found == pytest.approx([wanted, wanted], abs=0.05)


def test_a_step_whose_loss_is_no_number_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count, right = itertools.count(), loss.summed

    def poisoned(*args: Any, **options: Any) -> torch.Tensor:
        total = right(*args, **options)
        return total * torch.nan if next(count) == 12 else total

    monkeypatch.setattr(loss, "summed", poisoned)
    trained = rank.train(tmp_path, rank.pretrain(), Parallel())
    rows = journal.read(tmp_path)
    assert trained.skipped == 1
    assert [row["step"] for row in rows if row["skipped"]] == [4]
    assert rows[3]["loss"] is None
    assert all(torch.isfinite(weight).all() for weight in weights(tmp_path).values())


def test_a_run_past_mending_ends_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = loss.summed
    monkeypatch.setattr(loss, "summed", lambda *args, **options: right(*args, **options) * torch.nan)
    with pytest.raises(
        BadInputError, match=r"25 steps up to 25 had gradients that are no use .*lower \[pretrain\] rate"
    ):
        rank.train(
            tmp_path, rank.pretrain(tokens=40 * rank.ROWS * rank.LENGTH, checkpoint_steps=1000), Parallel()
        )


def test_an_unusual_gradient_is_skipped_and_one_that_is_not_clipped_is_not() -> None:
    memory = loop._Memory()
    assert not any(memory.unusual(2.0 + 0.01 * number, 10.0, 1.0) for number in range(40))
    assert memory.unusual(30.0, 10.0, 1.0)
    assert not memory.unusual(19.0, 10.0, 1.0)
    assert not memory.unusual(30.0, 0.0, 1.0)  # 0: none is skipped
    quiet = loop._Memory()
    assert not any(quiet.unusual(0.001, 10.0, 1.0) for _ in range(40))
    assert not quiet.unusual(0.5, 10.0, 1.0)
    assert quiet.unusual(float("nan"), 0.0, 1.0)


def test_a_loss_far_above_the_last_ones_is_called_a_spike() -> None:
    memory = loop._Memory()
    assert not any(memory.spiked(3.0 + 0.02 * (number % 5)) for number in range(40))
    assert memory.spiked(3.6)
    assert not memory.spiked(3.1)
    risen = [memory.spiked(5.0) for _ in range(200)]  # another mixture, say: it is usual before long
    assert risen[0]
    assert not any(risen[128:])
    assert not any(loop._Memory().spiked(loss) for loss in (9.0, 5.0, 8.0))  # too few to say what is usual


def test_the_newest_checkpoints_stay_and_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    left = tmp_path / "checkpoints" / "step-00000008.part"
    left.mkdir(parents=True)
    (left / "junk").write_bytes(b"x")
    rank.train(tmp_path, rank.pretrain(keep=2), Parallel())
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-00000012", "step-00000016"]


def test_a_checkpoint_of_another_shape_is_refused(undisturbed: Path) -> None:
    options = rank.pretrain()
    with world.joined(Parallel()) as ranks:
        other = plan(
            Model(depth=3, context=rank.LENGTH), options, Parallel(), rank.VOCABULARY, ranks=1, gpu=False
        )
        trainer = loop.Trainer(other, options, ranks, undisturbed, rank.Counted(other.rows))
        with pytest.raises(BadInputError, match=r"step-00000016 is of a run of another shape"):
            trainer.run()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"batch": 4 * rank.LENGTH}, "a run of another rows"),
        ({"seed": 2}, "a run of another seed"),
        ({"length": 16}, "a run of another"),
        ({"optimizer": "adamw"}, "a run of another optimizer"),
        ({"tokens": 30 * rank.ROWS * rank.LENGTH}, "planned for 16 steps and its rate has begun to fall"),
    ],
)
def test_what_a_step_stands_for_may_not_change_under_a_run(
    undisturbed: Path, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        rank.train(undisturbed, rank.pretrain(**changed), Parallel())


def test_a_run_in_its_steady_part_may_be_made_longer(tmp_path: Path) -> None:
    rank.train(tmp_path, rank.pretrain(), Parallel(), at(5, signal.SIGTERM))
    longer = rank.pretrain(tokens=20 * rank.ROWS * rank.LENGTH)
    trained = rank.train(tmp_path, longer, Parallel(), begins=(6,))
    assert trained.done
    assert trained.step == 20


def test_a_run_made_longer_keeps_the_rows_and_the_rate_that_followed_from_what_it_was_to_read(
    tmp_path: Path,
) -> None:
    dial = {"batch": None, "rate": None}
    short = rank.pretrain(tokens=16 * rank.ROWS * rank.LENGTH, **dial)
    long = rank.pretrain(tokens=200 * rank.ROWS * rank.LENGTH, **dial)
    first, alone = (
        plan(rank.NETWORK, options, Parallel(), rank.VOCABULARY, ranks=1, gpu=False)
        for options in (short, long)
    )
    assert (first.rows, first.rate) != (alone.rows, alone.rate)
    stopped = rank.train(tmp_path, short, Parallel(), at(5, signal.SIGTERM))
    trained = rank.train(tmp_path, long, Parallel(), at(20, signal.SIGTERM), begins=(6,))
    assert (stopped.step, trained.step) == (6, 21)
    rows = journal.read(tmp_path)
    assert {row["rate"] for row in rows[3:]} == {first.rate}
    assert {row["tokens"] / row["step"] for row in rows} == {first.rows * rank.LENGTH}


def test_a_crafted_checkpoint_is_not_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rank.train(tmp_path, rank.pretrain(), Parallel(), at(5, signal.SIGTERM))
    newest = checkpoint.latest(tmp_path / "checkpoints")
    assert newest is not None

    class Crafted:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("it ran",)

    # A table that is no tensor's leads PyTorch's planner to unpickle what it names.
    table, file = pickle.loads((newest / ".metadata").read_bytes()), next(newest.glob("*.distcp"))
    name = sorted(table.state_dict_metadata)[0]
    place = next(index for index in table.storage_data if index.fqn == name)
    content = io.BytesIO()
    torch.save(Crafted(), content)
    where = replace(table.storage_data.pop(place), offset=file.stat().st_size, length=len(content.getvalue()))
    with file.open("ab") as opened:
        opened.write(content.getvalue())
    table.state_dict_metadata[name] = BytesStorageMetadata()
    table.storage_data[MetadataIndex(name)] = where
    for crafted in (Crafted(), table):
        (newest / ".metadata").write_bytes(pickle.dumps(crafted))
        with pytest.raises(BadInputError, match="nothing that a checkpoint is made of"):
            rank.train(tmp_path, rank.pretrain(), Parallel())
    assert "it ran" not in capfd.readouterr().out


def test_a_checkpoint_of_an_earlier_version_is_not_called_damaged(tmp_path: Path) -> None:
    rank.train(tmp_path, rank.pretrain(), Parallel(), at(5, signal.SIGTERM))
    newest = checkpoint.latest(tmp_path / "checkpoints")
    assert newest is not None
    about = json.loads((newest / checkpoint.ABOUT).read_text())
    del about["rate"]
    (newest / checkpoint.ABOUT).write_text(json.dumps(about))
    with pytest.raises(BadInputError, match="was written by an earlier version"):
        rank.train(tmp_path, rank.pretrain(), Parallel())


def test_a_run_goes_on_with_what_it_read_alone(undisturbed: Path) -> None:
    options = rank.pretrain()
    with world.joined(Parallel()) as ranks:
        made = plan(rank.NETWORK, options, Parallel(), rank.VOCABULARY, ranks=1, gpu=False)
        rows = rank.Counted(made.rows)
        trainer = loop.Trainer(made, options, ranks, undisturbed, rows, reads={"weights_of_communities": {}})
        with pytest.raises(BadInputError, match="a run of another weights of communities"):
            trainer.run()


def test_a_checkpoint_that_may_not_be_read_is_not_called_damaged(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(undisturbed, tmp_path / "run")

    def refused(_path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(checkpoint, "Reader", refused)
    with pytest.raises(MissingError, match="Permission denied"):
        rank.train(tmp_path / "run", rank.pretrain(), Parallel())


@pytest.mark.parametrize("harm", ["cut", "gone", "no json", "no table"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_still_good(
    undisturbed: Path, tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    rank.train(tmp_path, rank.pretrain(), Parallel(), at(13, signal.SIGTERM))
    newest = checkpoint.latest(tmp_path / "checkpoints")
    assert newest is not None
    data = next(newest.glob("*.distcp"))
    if harm == "cut":
        data.write_bytes(data.read_bytes()[:1000])
    elif harm == "gone":
        data.unlink()
    elif harm == "no table":
        (newest / ".metadata").write_bytes(b"junk")
    else:
        (newest / checkpoint.ABOUT).write_text("{")
    with pytest.raises(BadInputError, match=newest.name):
        rank.train(tmp_path, rank.pretrain(), Parallel())
    for file in newest.iterdir():
        file.unlink()
    newest.rmdir()
    assert "Traceback" not in caplog.text or harm != "no table"  # PyTorch tells of what it reads itself
    assert rank.train(tmp_path, rank.pretrain(), Parallel(), begins=(12,)).done
    assert_same(tmp_path, undisturbed)


def test_a_full_disk_ends_the_run_in_one_line_and_the_checkpoint_before_stands(
    undisturbed: Path, tmp_path: Path
) -> None:
    rank.train(tmp_path, rank.pretrain(), Parallel(), at(5, signal.SIGTERM))
    with (
        no_file_beyond(50_000),
        pytest.raises(MissingError, match=r"cannot be written .*the checkpoints before stand"),
    ):
        rank.train(tmp_path, rank.pretrain(), Parallel())
    assert [path.name for path in sorted((tmp_path / "checkpoints").iterdir())] == [
        "step-00000004",
        "step-00000006",
    ]
    assert rank.train(tmp_path, rank.pretrain(), Parallel(), begins=(6, 8)).done
    assert_same(tmp_path, undisturbed)
