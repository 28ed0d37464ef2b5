"""The exported folder: made beside, renamed once it is whole, and remembered, so that forgetting can name it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from truthgpt.corpus import durable
from truthgpt.corpus.consent import optout, record
from truthgpt.corpus.export import shards
from truthgpt.corpus.export.choice import Choice, choose
from truthgpt.corpus.export.remembered import Exported, remember
from truthgpt.corpus.export.variants import VARIANTS, Purpose, Variant
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.progress import Report, counted, unheard
from truthgpt.corpus.provenance.card import UNKNOWN_LICENSE, Description, card, files_of
from truthgpt.corpus.provenance.content import COLUMNS, ContentHash
from truthgpt.corpus.provenance.croissant import croissant
from truthgpt.corpus.provenance.statistics import Statistics
from truthgpt.corpus.provenance.versions import versions
from truthgpt.corpus.reading import long_read
from truthgpt.corpus.scan import number, scan, taken
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

_TAKEN = 8_192
"""Posts that are read at once."""


def export(
    store: Store,
    target: Path,
    *,
    form: shards.Format = "parquet",
    purpose: Purpose = "training",
    license: str = UNKNOWN_LICENSE,  # noqa: A002 (the name of the command line's option)
    report: Report = unheard,
) -> Exported:
    """Write the newest version of `store` to the folder `target`, which is not there yet or is empty.

    Raises `BadInputError` when it holds something, `MissingError` when the disk is full; then `target` is as it was.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInputError(f"{target} is there already; name a new folder")
    beside = target.with_name(f".{target.name}.part")
    with long_read(store.path):
        # The locks of an earlier export to this place went with its process: what it left is nobody's.
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            made = _write(store, target, beside, form, purpose, license, report)
            beside.rename(target)
            durable.sync_folder(target.parent)
        except OSError as error:
            raise MissingError(
                f"{target} cannot be written ({error.strerror}): free some space or name another"
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    with WriteLock(store.path):
        remember(store.path, made)
    return made


def _write(
    store: Store,
    target: Path,
    beside: Path,
    form: shards.Format,
    purpose: Purpose,
    license: str,  # noqa: A002
    report: Report,
) -> Exported:
    table, path, variant = store.snapshot(), store.path, VARIANTS[purpose]
    listed = optout.load(path)
    hashed, statistics = ContentHash(), Statistics()
    for batch in counted(scan(table, path, COLUMNS), "hashing", store.count(), report):
        hashed.add(batch)
    scratch = beside / "scratch"
    choice = choose(table, path, purpose, listed, scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    tables = _tables(table, path, choice, variant, statistics, report)
    written = shards.write(tables, variant.schema, beside, form)
    made = Exported(
        path=str(target),
        when=record.now(),
        purpose=purpose,
        format=form,
        posts=len(choice.rows),
        files=len(written),
        version=number(table, path),
        content_hash=hashed.hexdigest(),
        left_out=choice.left_out,
    )
    about = Description(
        name=target.name,
        statistics=statistics,
        version=made.version,
        content_hash=made.content_hash,
        when=made.when,
        files=files_of([version for version in versions(path) if version.version <= made.version]),
        wishes=sum(1 for _ in record.acts(path)),
        license=license,
        purpose=purpose,
        format=form,
        shards=written,
        fields=variant.meaning,
        left_out={why: count for why, count in choice.left_out.items() if count},
    )
    durable.write(beside / "README.md", card(about).encode())
    durable.write(beside / "croissant.json", orjson.dumps(croissant(about), option=orjson.OPT_INDENT_2))
    return made


def _tables(
    table: AsyncTable,
    path: Path,
    choice: Choice,
    variant: Variant,
    statistics: Statistics,
    report: Report,
) -> Iterator[pa.Table]:
    for start in range(0, len(choice.rows), _TAKEN):
        rows = taken(table, path, choice.rows[start : start + _TAKEN], variant.stored)
        statistics.add(rows)
        yield variant.table(rows)
        report("exporting", min(start + _TAKEN, len(choice.rows)), len(choice.rows))
