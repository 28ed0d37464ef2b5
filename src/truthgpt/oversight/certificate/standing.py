"""How a model stands that is served: certified, not inspected, or refused, looked at anew while it is served.

A certificate counts when everything in it verifies, it is in date, its subjects are the model's files, all of them and no others,
and its results are within the thresholds. It does not have to be of today's posts, law and code, which change from day to day:
`changed` says which of them are others than those that were inspected.

A certificate that runs out takes effect at once: without `--uninspected` new answers are refused until another one lies in
the folder; answers under way end as they would, and searching goes on. The folder is read anew after a day, and
once a minute while answers are refused; the model's files are hashed anew when their size or time has changed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from truthgpt.errors import MissingError, TruthGPTError
from truthgpt.oversight.certificate import offline, thresholds, trust
from truthgpt.oversight.certificate.digests import (
    Subject,
    code_subject,
    has_files,
    law_subjects,
    model_files,
    sha256,
)
from truthgpt.oversight.certificate.offline import read_time
from truthgpt.settings import QUOTES_ONLY, Settings

log = logging.getLogger(__name__)

State = Literal["no model", "certified", "uninspected", "refused"]
FOLDER: Final = "certificates"
KEYS: Final = "keys"
EVERY: Final = timedelta(days=1)
_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the model that is served stands.

    `certificate` is the SHA-256 of the statement, `inspector` who issued it, `issued` and `expires` RFC 3339 times; all empty
    unless the state is `certified`. `changed` names subjects (`corpus/content`, `law`, `code/truthgpt`) that are others
    now. `why` says why there is no certificate.
    """

    state: State
    certificate: str = ""
    inspector: str = ""
    issued: str = ""
    expires: str = ""
    changed: tuple[str, ...] = ()
    why: str = ""


NO_MODEL: Final = Standing("no model")
"""No language model is served: there is nothing that a certificate could be about."""
UNINSPECTED: Final = Standing("uninspected", why="nobody asked for a certificate")
"""What is served unless a certificate is looked for."""


def folder_of(chosen: Settings) -> Path:
    """Where keys, log and certificates of an installation are."""
    return chosen.data / "oversight"


def gate_of(chosen: Settings, *, uninspected: bool) -> Callable[[], Standing]:
    """What tells how the model of `chosen` stands. `uninspected` allows it to be served without a certificate.

    A model that is not on this machine is none; the assistant says so, or makes answers of quotations. Raises
    `MissingError`, which names both ways out, when the model may not be served now.
    """
    if chosen.model == QUOTES_ONLY:
        return lambda: NO_MODEL
    try:
        files = model_files(chosen.model, chosen.models) if has_files(chosen.model) else ()
    except MissingError:
        return lambda: NO_MODEL

    def content() -> str:
        from truthgpt.corpus.provenance import versions  # brings the store, which most commands do without

        newest = versions.newest(chosen.corpus)
        return newest.content_hash if newest else ""

    gate = Gate(folder_of(chosen), chosen.model, files, uninspected=uninspected, content=content)
    gate.require()
    return gate


class Gate:
    """Keeps watch over one model's standing; may be asked from any thread."""

    def __init__(
        self,
        oversight: Path,
        name: str,
        files: Sequence[Path],
        *,
        uninspected: bool,
        content: Callable[[], str] = lambda: "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Over the model `name` in `files`; none where it runs elsewhere. `oversight` is the data folder's folder of that name.

        `uninspected` allows it to be served without a certificate; `content` tells the content hash of the posts now, empty
        where none is recorded. Raises `BadInputError` where the thresholds cannot be read.
        """
        self._oversight = oversight
        self._name = name
        self._files = tuple(files)
        self._uninspected = uninspected
        self._content = content
        self._clock = clock
        self._thresholds = thresholds.load(oversight)
        self._lock = threading.Lock()
        self._hashed: tuple[tuple[tuple[int, int], ...], dict[Path, str]] | None = None
        self._now = Standing("refused")
        self._again = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> Standing:
        """The standing now."""
        now = self._clock()
        with self._lock:
            over = self._now.state == "certified" and now >= read_time(self._now.expires)
            if over or now >= self._again:
                self._now = self._look(now)
                self._again = now + (EVERY if self._now.state == "certified" else _AGAIN)
            return self._now

    def require(self) -> Standing:
        """The standing, when the model may be served. Raises `MissingError`, which says what to do, when it may not."""
        found = self()
        if found.state == "refused":
            raise MissingError(refusal(self._name, found.why, bool(self._files)))
        return found

    def _look(self, now: datetime) -> Standing:
        """The certificate that holds longest, or why there is none; whatever cannot be read is no certificate."""
        try:
            files = self._digests()
            best, why = self._best(files, now)
        except (TruthGPTError, OSError) as error:
            log.warning("no certificate can be looked for: %s", error)
            best, why = None, "its files, the certificates or the list of keys cannot be read"
        if best is None:
            return Standing("uninspected" if self._uninspected else "refused", why=why)
        return best

    def _digests(self) -> dict[Path, str]:
        stamp = tuple((stat.st_size, stat.st_mtime_ns) for stat in (path.stat() for path in self._files))
        if self._hashed is None or self._hashed[0] != stamp:
            self._hashed = stamp, {path: sha256(path) for path in self._files}
        return self._hashed[1]

    def _best(self, files: Mapping[Path, str], now: datetime) -> tuple[Standing | None, str]:
        folder = self._oversight / FOLDER
        if not files:
            return None, "it runs on another server, where no file of it can be compared"
        known = trust.known_keys(self._oversight / KEYS)
        found: list[Standing] = []
        why = "no certificate here names its file"
        for path in sorted(folder.glob("*.json")):
            try:
                content = path.read_bytes()
            except OSError as error:
                log.warning("%s cannot be read: %s", path, error)
                continue
            report = offline.verify(content, known, at=now, files=files)
            said = self._fault(report)
            if report.statement is not None and not said:
                found.append(self._standing(report))
            elif _is_of(report, files):
                why = f"{path.name}: {said}"
        return max(found, key=lambda each: each.expires, default=None), why

    def _fault(self, report: offline.Report) -> str:
        """What keeps a certificate from counting; empty when nothing does."""
        if report.wrong:
            first = report.wrong[0]
            # What is said of a file names its path, which is nobody's business who asks for the status.
            return first.part if first.part.startswith("subject ") else f"{first.part}: {first.says}"
        results = report.statement["predicate"].get("results", ()) if report.statement else ()
        missed = thresholds.unmet(self._thresholds, results)
        if not missed:
            return ""
        more = f" and {len(missed) - 5} more" if len(missed) > 5 else ""
        return f"not within the thresholds, which oversight/{thresholds.FILE} may set: {', '.join(missed[:5])}{more}"

    def _standing(self, report: offline.Report) -> Standing:
        assert report.statement is not None
        predicate = report.statement["predicate"]
        return Standing(
            state="certified",
            certificate=report.id,
            inspector=predicate["inspector"],
            issued=predicate["issued"],
            expires=predicate["expires"],
            changed=changed(report.statement, self._content()),
        )


def changed(statement: Mapping[str, Any], content: str) -> tuple[str, ...]:
    """Those subjects of `statement` beside the model that are others here and now; `content` is the hash of the posts."""
    now = [*law_subjects(), code_subject(), *([Subject("corpus/content", content)] if content else [])]
    here = {subject.name: subject.as_dict()["digest"] for subject in now}
    return tuple(
        subject["name"]
        for subject in statement["subject"]
        if subject["name"] in here and here[subject["name"]] != subject["digest"]
    )


def refusal(name: str, why: str, has_files: bool) -> str:
    """One line that says why the model `name` is not served, and both ways out."""
    make = (
        f"`truthgpt inspect {name}` and `truthgpt certificate issue {name}` make one, or "
        if has_files
        else ""
    )
    return (
        f"no valid certificate for the model {name} ({why}): {make}"
        "`--uninspected` serves it without, which the page then shows"
    )


def _is_of(report: offline.Report, files: Mapping[Path, str]) -> bool:
    """Whether a certificate, good or not, speaks of one of `files`: then its fault is what to tell."""
    subjects = report.statement["subject"] if report.statement else ()
    return any(subject["digest"].get("sha256") in files.values() for subject in subjects)
