"""An inspection from beginning to end: asks, scores, holds against the limits, writes the report; and computes it again from its logs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from truthgpt import __version__
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, BusyError, MissingError
from truthgpt.language.engine import Engine
from truthgpt.oversight.inspection import framework, limits, page
from truthgpt.oversight.inspection import items as items_
from truthgpt.oversight.inspection import statistics as statistics_
from truthgpt.oversight.inspection.items import Item
from truthgpt.oversight.inspection.journal import Journal
from truthgpt.oversight.inspection.limits import Limits
from truthgpt.oversight.inspection.measures import KNOWN, MEASURES, Measure
from truthgpt.oversight.inspection.result import (
    REPORT,
    Inspection,
    Outcome,
    Result,
    changed,
    digest_of,
    load,
)
from truthgpt.oversight.inspection.subject import OVER_POSTS, Reply, Subject
from truthgpt.oversight.inspection.tasks import TASKS, Asked, Battery, Task
from truthgpt.settings import Settings
from truthgpt.truth import calibration

REQUEST: Final = "request.json"
PAGE: Final = "report.html"
LOGS: Final = "logs"
_CREDENTIALS: Final = re.compile(r"//[^/@]*@")
"""A name and a password in an address."""
DEFAULT_JURISDICTION: Final = "open"

Report = Callable[[str, int, int], None]
"""Told how far it is: the task, and how many of how many replies it has."""


def unheard(task: str, done: int, total: int) -> None:
    """Tells nobody."""


def inspect(
    settings: Settings,
    battery: Battery = "quick",
    *,
    seed: int = 0,
    jurisdiction: str = DEFAULT_JURISDICTION,
    out: Path | None = None,
    limits_file: Path | None = None,
    canaries: Sequence[str] = (),
    report: Report = unheard,
    engine: Callable[[], Engine | None] | None = None,
    tasks: Sequence[Task] = TASKS,
) -> tuple[Inspection, Path]:
    """The inspection of `settings.model`, and the folder that holds it.

    `out` is the folder; else one in the data folder, named by what is inspected. What was asked there before and broken off is not
    asked again; an inspection that is done is read. Raises `BadInputError` where `out` holds another inspection, `BusyError`
    where another process makes this one, `MissingError` where the model is not there.
    """
    framework.require()
    held = limits.load(KNOWN, limits_file)
    with Subject(settings, jurisdiction, seed, engine) as subject:
        asked = Asked(subject, battery, seed, jurisdiction, canaries)
        weights = digest_of(subject.file).sha256 if subject.file is not None else ""
        made = {task.name: _items(task, asked) for task in tasks}
        request = {
            "model": _CREDENTIALS.sub("//", settings.model),
            "weights": weights,
            "battery": battery,
            "seed": seed,
            "jurisdiction": jurisdiction,
            "law": items_.law_digest(jurisdiction),
            "limits": held.digest,
            "code": __version__,
            "items": {
                name: items_.digest(found) for name, found in made.items() if not isinstance(found, str)
            },
        }
        folder = out or settings.data / "oversight" / "inspections" / _named(request)
        with _alone(folder):
            if _resumes(folder, request) and (folder / REPORT).exists():
                return load(folder), folder
            return _made(subject, asked, made, request, held, folder, report, tasks), folder


def recompute(folder: Path) -> tuple[Inspection, list[str]]:
    """The report in `folder` with its numbers computed from its logs again, and what differs from what it says, a line each.

    Raises `MissingError` and `BadInputError` as `result.load`, and where a log is gone or none.
    """
    said = load(folder)
    differences = [f"{name}: not the file that the report names" for name in changed(said, folder)]
    known = {measure.id: measure for measure in MEASURES}
    results = []
    for result in said.results:
        if not result.log:
            results.append(result)
            continue
        measure = known.get(result.id)
        if measure is None:
            raise BadInputError(f"{folder}: no measure {result.id!r} in this version of TruthGPT")
        found = _measured(measure, framework.rows(folder / result.log), said.seed)
        anew = replace(result, **found, outcome=_outcome(found["value"], result))
        results.append(anew)
        differences += [
            f"{result.id}: {name} is {getattr(result, name)!r} in the report, {getattr(anew, name)!r} by the log"
            for name in ("value", "low", "high", "n", "asked", "outcome")
            if getattr(result, name) != getattr(anew, name)
        ]
    diagram = _diagram(folder, said.results)
    if diagram != said.reliability:
        differences.append("the reliability diagram differs from the log")
    return replace(said, results=tuple(results), reliability=diagram), differences


def _made(
    subject: Subject,
    asked: Asked,
    made: Mapping[str, list[Item] | str],
    request: Mapping[str, Any],
    held: Limits,
    folder: Path,
    report: Report,
    tasks: Sequence[Task],
) -> Inspection:
    journal = Journal(folder)
    for stale in (folder / LOGS).glob("*.json"):
        stale.unlink()  # of a run that was broken off; the journal has what it asked
    logs: dict[str, str] = {}
    why: dict[str, str] = {}
    digests: dict[str, str] = {}
    for task in tasks:
        found = made[task.name]
        reason = found if isinstance(found, str) else subject.absent(task.kind)
        if reason or isinstance(found, str):
            why[task.name] = reason
            continue
        ask = _asking(subject, task, sum(len(item.prompts) for item in found), journal, report)
        log = framework.run(
            task, found, ask, folder / LOGS, model=str(request["model"]), seed=int(request["seed"])
        )
        logs[task.name] = f"{LOGS}/{log.name}"
        digests[task.name] = items_.digest(found)
    results = tuple(
        _result(measure, logs, why, digests, held, asked.seed, folder)
        for measure in MEASURES
        if measure.task in made
    )
    flop = next((one.value for one in results if one.id == "compute.flop"), None)
    names = [*sorted(logs.values()), REQUEST]
    done = Inspection(
        model=str(request["model"]),
        battery=asked.battery,
        seed=asked.seed,
        started=journal.began,
        finished=_now(),
        seconds=round(journal.seconds, 1),
        weights=str(request["weights"]),
        corpus=subject.corpus_hash
        if any(task.kind in OVER_POSTS for task in tasks if task.name in logs)
        else "",
        limits=held.digest,
        code=__version__,
        training_flop=flop,
        results=results,
        files=tuple(replace(digest_of(folder / name), name=name) for name in names),
        reliability=_diagram(folder, results),
    )
    durable.write(folder / PAGE, page.page(done).encode())
    done = replace(done, files=(*done.files, digest_of(folder / PAGE)))
    durable.write(folder / REPORT, orjson.dumps(done.as_dict(), option=orjson.OPT_INDENT_2))
    journal.drop()
    return done


def _items(task: Task, asked: Asked) -> list[Item] | str:
    """The items of a task, or why there are none."""
    try:
        return task.make(asked) or "there is nothing to ask: none was given"
    except MissingError as error:
        return str(error)


def _asking(
    subject: Subject, task: Task, total: int, journal: Journal, report: Report
) -> Callable[[str], Reply]:
    """What puts a prompt to the subject, once: a reply in the journal is given again."""
    done = 0

    def ask(prompt: str) -> Reply:
        nonlocal done
        reply = journal.get(task.kind, prompt, task.tokens)
        if reply is None:
            began = time.monotonic()
            reply = subject.reply(task.kind, prompt, task.tokens)
            journal.put(task.kind, prompt, task.tokens, reply, time.monotonic() - began)
        done += 1
        report(task.name, done, total)
        return reply

    return ask


def _result(
    measure: Measure,
    logs: Mapping[str, str],
    why: Mapping[str, str],
    digests: Mapping[str, str],
    held: Limits,
    seed: int,
    folder: Path,
) -> Result:
    limit = held.of.get(measure.id)
    blank = Result(
        id=measure.id,
        group=measure.group,
        title=measure.title,
        definition=measure.definition,
        scoring=measure.scoring,
        unit=measure.unit,
        outcome="not measured",
        seed=seed,
        direction=limit.direction if limit else None,
        limit=limit.value if limit else None,
        reason=limit.reason if limit else "",
        why=why.get(measure.task, ""),
    )
    if measure.task not in logs:
        return blank
    log = logs[measure.task]
    found = _measured(measure, framework.rows(folder / log), seed)
    said = "" if found["value"] is not None else "no item could be scored"
    blank = replace(blank, **found, log=log, digest=digests[measure.task], why=said)
    return replace(blank, outcome=_outcome(found["value"], blank))


def _measured(measure: Measure, rows: Sequence[statistics_.Row], seed: int) -> dict[str, Any]:
    """`value`, `low`, `high`, `n` and `asked`: a function of the rows and the seed alone, to the last digit."""
    value = measure.statistic(rows)
    bounds = statistics_.interval(rows, measure.statistic, seed) if value is not None else None
    low, high = bounds or (None, None)
    # A row counts where it could be all the rows there are.
    counted = sum(measure.statistic([row]) is not None for row in rows)
    return {"value": value, "low": low, "high": high, "n": counted, "asked": len(rows)}


def _outcome(value: float | None, result: Result) -> Outcome:
    if value is None:
        return "not measured"
    if result.limit is None or result.direction is None:
        return "reported"
    return "passed" if limits.Limit(result.direction, result.limit, result.reason).holds(value) else "missed"


def _diagram(folder: Path, results: Sequence[Result]) -> tuple[tuple[int, float, float], ...]:
    """The reliability diagram of the verdicts, empty where they were not measured."""
    log = next((one.log for one in results if one.id == "truth.calibrated"), "")
    if not log:
        return ()
    confidences, hits = statistics_.cases(framework.rows(folder / log))
    if not len(hits):
        return ()
    return tuple((one.count, one.confidence, one.right) for one in calibration.reliability(confidences, hits))


def _resumes(folder: Path, request: Mapping[str, Any]) -> bool:
    """Whether `folder` holds this inspection already, begun or done; else writes down what it will hold."""
    path = folder / REQUEST
    wanted = orjson.dumps(request, option=orjson.OPT_INDENT_2)
    if not path.exists():
        if any(found.name not in (".lock", LOGS) for found in folder.iterdir()):
            raise BadInputError(f"{folder} holds other files; give a new folder with --out")
        durable.write(path, wanted)
        return False
    if path.read_bytes() != wanted:
        raise BadInputError(
            f"{folder} holds an inspection of another model, battery, seed, limits or version; give a new folder with --out"
        )
    return True


def _named(request: Mapping[str, Any]) -> str:
    """A name for a folder, by what is inspected: another model, battery, seed or limit is another folder."""
    digest = hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()
    model = re.sub(r"[^\w.-]+", "-", str(request["model"]).rstrip("/").rpartition("/")[2])[:60] or "model"
    return f"{model}-{request['battery']}-{digest[:12]}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds `folder`, made where it is not there, against other inspections; the system lets go when the process ends."""
    try:
        (folder / LOGS).mkdir(parents=True, exist_ok=True)
        file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise durable.missing(folder, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise BusyError(f"another process makes the inspection in {folder}; wait for it") from None
    try:
        yield
    finally:
        os.close(file)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
