"""`truthgpt ranker`: clicks teach it, what is no better is not kept, and the ranker that ships comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Result, called

from truthgpt.search import learning

LEVELS = {"a": 900, "b": 0, "c": 900, "d": 0, "e": 900, "f": 0}
TOPICS = [
    "harbour",
    "bridge",
    "garden",
    "library",
    "market",
    "theatre",
    "station",
    "school",
    "river",
    "tower",
    "museum",
    "airport",
    "bakery",
    "castle",
    "cinema",
    "forest",
    "gallery",
    "hospital",
    "island",
    "jungle",
    "kitchen",
    "lagoon",
    "meadow",
    "nursery",
]


def test_clicks_teach_it_and_dropping_it_brings_back_the_one_that_ships(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "LEAST", 20)
    monkeypatch.setattr(learning, "LEAST_HELD_BACK", 2)

    def run(*arguments: object) -> Result:
        return called([*map(str, arguments), "--data", str(tmp_path / "d")], capfd)

    words = ["opening", "closing", "repair", "history", "visitors", "plans"]
    posts = [
        {"id": f"{topic}-{name}", "text": f"{topic} {words[place]} {words[place - 1]} {name * 5}", "score": score,
         "author": f"{name}{topic}", "community": name}
        for topic in TOPICS
        for place, (name, score) in enumerate(LEVELS.items())
    ]  # fmt: skip
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    assert run("import", tmp_path / "posts.jsonl").code == 0
    assert run("ranker", "show", "--json").json["taught"] is False

    nothing = run("ranker", "learn")
    assert nothing.code == 3
    assert "clicks.jsonl: `truthgpt up --keep-clicks` keeps them there" in nothing.err

    shown = [
        [f"{topic}-{name}" for name in order] for topic in TOPICS for order in ("abcdef", "bdface", "dbfcea")
    ]
    log = tmp_path / "log.jsonl"
    lines = [
        {"query": ids[0].split("-")[0], "shown": ids, "clicked": [one for one in ids if one[-1] in "ace"]}
        for ids in shown
    ]
    log.write_text("{\n" + "".join(json.dumps(line) + "\n" for line in lines * 4))
    taught = run("ranker", "learn", log, "--json")
    assert taught.code == 0
    assert (taught.json["kept"], taught.json["better"], taught.json["bad"]) == (True, True, 1)
    assert taught.json["after"] > taught.json["before"]
    assert taught.json["seen"][0] == 1
    assert f"1 line is none: {log}, line 1" in taught.err
    assert run("ranker", "show", "--json").json["taught"] is True
    first = [hit["id"][-1] for hit in run("search", "garden", "--json").json["hits"]][:3]
    assert set(first) == {"a", "c", "e"}

    path = tmp_path / "d" / "ranker" / "trees.json"
    path.write_text("{}")
    damaged = run("search", "garden", "--json")
    assert damaged.code == 0
    assert run("ranker", "show", "--json").json["taught"] is False
    assert run("ranker", "drop").code == 0
    assert run("search", "garden", "--json").json["hits"] == damaged.json["hits"]


def test_too_few_clicks_are_said_to_be_too_few(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def run(*arguments: object) -> Result:
        return called([*map(str, arguments), "--data", str(tmp_path / "d")], capfd)

    assert run("import", "--demo").code == 0
    (tmp_path / "log.jsonl").write_text("")
    few = run("ranker", "learn", tmp_path / "log.jsonl")
    assert few.code == 2
    assert "100 and 20 at the least" in few.err
