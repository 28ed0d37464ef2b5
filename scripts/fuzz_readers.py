"""Fuzzes the readers of exports under libFuzzer, guided by the code that an input reaches.

    pip install atheris
    python scripts/fuzz_readers.py --seconds 600
    python scripts/fuzz_readers.py --seconds 60 --format telegram
    python scripts/fuzz_readers.py --replay crashes/crash-…

One process after another takes a format, each with its share of the time, and begins with the exports that
`tests/corpus/fuzzing.py` makes. What `fuzzing.check` promises must hold for every file that comes up; a file also fails
that takes over 10 seconds or 1 GiB. It is then kept in `--crashes`. The last line is JSON: files tried and failures.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "corpus"))

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_ANY = "any"
"""Stands for no format: the file's content tells it."""
_STRUCTURED = 0.5
"""Share of the changes that replace a value and not bytes."""
_LONGEST = 16_384
_SLOWEST = 10
_MEMORY = 1024


def _fuzz(form: str, seconds: int, crashes: Path) -> None:
    """Runs libFuzzer in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["truthgpt.corpus.readers"]):
        import fuzzing

    folder = Path(tempfile.mkdtemp(prefix="fuzz-readers-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, seed in fuzzing.seeds().items():
        (corpus / name).write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f"{json.dumps(word)}\n" for word in _words(fuzzing.seeds().values())))
    # In memory where the system has such a folder: every file is written and read once.
    path = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else folder) / f"fuzz-readers-{os.getpid()}"

    def one(data: bytes) -> None:
        path.write_bytes(data)
        fuzzing.check(path, None if form == _ANY else form)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        found = fuzzing.mutated(data, random) if random.random() < _STRUCTURED else None
        return found if found is not None and len(found) <= longest else atheris.Mutate(data, longest)

    options = (
        *(
            f"-max_total_time={seconds}",
            f"-max_len={_LONGEST}",
            f"-timeout={_SLOWEST}",
            f"-rss_limit_mb={_MEMORY}",
        ),
        *(f"-artifact_prefix={crashes}/{form}-", f"-dict={words}", "-print_final_stats=1", "-verbosity=0"),
    )
    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def _words(seeds: object) -> list[str]:
    """The keys of JSON and the names of columns in the seeds: what chance does not find."""
    text = " ".join(seed.decode("utf-8", "ignore") for seed in seeds)  # type: ignore[attr-defined]
    return sorted({word for word in re.findall(r'"([\w.$-]{2,40})"', text) if word.isascii()})


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600, help="for all formats together")
    parser.add_argument(
        "--format", action="append", dest="forms", help="these only; 'any' lets the content tell"
    )
    parser.add_argument("--crashes", type=Path, default=Path("crashes"), help="where failing files are kept")
    parser.add_argument("--replay", type=Path, help="check this file alone, without libFuzzer")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.crashes.mkdir(parents=True, exist_ok=True)
    if asked.one:
        _fuzz(asked.one, asked.seconds, asked.crashes.resolve())
        return 0

    import fuzzing

    forms = asked.forms or [form or _ANY for form in fuzzing.FORMATS]
    if asked.replay:
        form = next((form for form in forms if asked.replay.name.startswith(f"{form}-")), _ANY)
        print(dict(fuzzing.check(asked.replay, None if form == _ANY else form)))
        return 0
    share = max(1, asked.seconds // len(forms))
    tried, failed = 0, {}
    for form in forms:
        command = [
            sys.executable,
            __file__,
            "--one",
            form,
            "--seconds",
            str(share),
            "--crashes",
            str(asked.crashes),
        ]
        run = subprocess.run(command, capture_output=True, text=True, errors="replace")
        found = _EXECUTED.search(run.stderr)
        tried += int(found[1]) if found else 0
        print(
            f"{form}: {found[1] if found else '?'} files in {share} s",
            "" if run.returncode == 0 else "FAILED",
        )
        if run.returncode:
            failed[form] = (run.stdout + run.stderr)[-4000:]
            print(failed[form])
    print(json.dumps({"tried": tried, "seconds": share * len(forms), "failed": sorted(failed)}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
