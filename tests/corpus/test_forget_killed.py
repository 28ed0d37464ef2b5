"""`forget`, killed with SIGKILL at random moments, is completed by the same command or by the next import's `finish`.

Each kill takes four seconds, so the number is asked for: `TRUTHGPT_KILLS=20 pytest tests/corpus/test_forget_killed.py`.
One kill is always tried, through the command line, in `tests/cli/test_forget.py`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from consent_posts import GONE, MARKER, filled, holding, open_store, vector_of

from truthgpt.corpus.consent import record
from truthgpt.corpus.consent.forgetting import finish, forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.provenance.content import COLUMNS, content_hash
from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store

AUTHOR = Subject("author", GONE.author)
CODE = """
import sys
from pathlib import Path
from consent_posts import GONE, open_store
from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
store = open_store(Path(sys.argv[1]))
print("opened", flush=True)
forget(store, [Subject("author", GONE.author)], quarantine=Path(sys.argv[1]) / "quarantine")
"""


def hashed(store: Store) -> str:
    return content_hash(scan(store.snapshot(), store.path, COLUMNS))


KILLS = int(os.environ.get("TRUTHGPT_KILLS", "0"))


@pytest.mark.slow
@pytest.mark.skipif(KILLS == 0, reason="TRUTHGPT_KILLS says how many kills to try")
def test_killed_at_random_moments(tmp_path: Path) -> None:
    filled(tmp_path / "before", 2_000)
    shutil.copytree(tmp_path / "before", tmp_path / "undisturbed")
    undisturbed = open_store(tmp_path / "undisturbed")
    started = time.monotonic()
    forget(undisturbed, [AUTHOR], quarantine=tmp_path / "none")
    seconds, expected = time.monotonic() - started, hashed(undisturbed)
    moments = random.Random(5)
    for number in range(KILLS):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "before", folder)
        command = [sys.executable, "-c", CODE, str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"opened\n"
            time.sleep(moments.uniform(0, seconds))
            process.send_signal(signal.SIGKILL)
        store = open_store(folder)
        if number % 2 == 0 or not finish(store, quarantine=folder / "quarantine"):
            forget(store, [AUTHOR], quarantine=folder / "quarantine")
        assert holding(folder, MARKER.encode(), vector_of(GONE.text)) == []
        assert (store.count(), hashed(store)) == (2_000, expected)
        assert sum(act.posts for act in record.acts(store.path)) == 1
        shutil.rmtree(folder)
