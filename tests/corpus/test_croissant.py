"""The card for machines is valid Croissant, and a reader of Croissant gets the posts by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from consent_posts import embed, open_store, posts

from truthgpt.corpus.export.folder import export
from truthgpt.corpus.export.shards import FORMATS, Format
from truthgpt.corpus.export.variants import VARIANTS, Purpose
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.provenance.card import Description
from truthgpt.corpus.provenance.croissant import croissant
from truthgpt.corpus.provenance.statistics import Statistics
from truthgpt.corpus.provenance.versions import SourceFile

# The validator's own, about libraries under it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:The inplace keyword")


@pytest.fixture(scope="module")
def mlc() -> Any:
    return pytest.importorskip("mlcroissant")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("purpose", list(VARIANTS))
def test_an_export_is_valid_and_its_records_are_the_posts(
    mlc: Any, tmp_path: Path, form: Format, purpose: Purpose
) -> None:
    store = open_store(tmp_path)
    mail = Post("reddit:mail", "ask rosa.lima@example.com for the key #boats", author="rosa", language="en")
    import_posts(store, [*posts(5), mail], embed=embed)
    export(store, tmp_path / "out", form=form, purpose=purpose, license="https://example.org/terms")
    dataset = mlc.Dataset(jsonld=str(tmp_path / "out" / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    records = {record["posts/id"].decode(): record for record in dataset.records("posts")}
    assert "reddit:mail" in records
    text = records["reddit:mail"]["posts/text"].decode()
    assert ("<EMAIL>" in text) is (purpose == "training")
    assert set(records["reddit:mail"]) == {f"posts/{name}" for name in VARIANTS[purpose].schema.names}


def test_a_shard_that_was_changed_is_told_by_its_hash(tmp_path: Path) -> None:
    import hashlib

    store = open_store(tmp_path)
    import_posts(store, posts(5), embed=embed)
    export(store, tmp_path / "out", purpose="citation")
    made = json.loads((tmp_path / "out" / "croissant.json").read_text())
    files = [entry for entry in made["distribution"] if entry["@type"] == "cr:FileObject"]
    for entry in files:
        assert (
            hashlib.sha256((tmp_path / "out" / entry["contentUrl"]).read_bytes()).hexdigest()
            == entry["sha256"]
        )
    assert len(files) == 1


@pytest.mark.parametrize("files", [[], [SourceFile("a.csv", 3, "0" * 64), SourceFile("b.zip", 9, "1" * 64)]])
def test_a_corpus_is_valid_and_names_the_files_that_it_came_from(
    mlc: Any, tmp_path: Path, files: list[SourceFile]
) -> None:
    counted = Statistics()
    counted.add(pa.table({"language": ["en", "pt"], "id": ["x:1", "x:2"]}))
    about = Description("corpus-abc", counted, 4, "ab" * 32, "2024-01-01T00:00:00Z", files, 0)
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(croissant(about)))
    dataset = mlc.Dataset(jsonld=str(path))
    assert not dataset.metadata.ctx.issues.errors
    assert [entry.sha256 for entry in dataset.metadata.distribution] == [file.sha256 for file in files]
    assert dataset.metadata.version == "4.0.0"
