"""A version of the corpus and a tokenizer in, a folder of token shards out: `write`.

    manifest.json               what is there; written last: with it the new files stand for the old ones
    shards-0001/train-00000.tokens, train.index, train.posts, validation-…

Files are written beside in `.part`, synced and renamed. A full disk, a crash or Ctrl-C leaves what was there before. A text
never makes a control token: `<|im_end|>` in a post is encoded as its characters.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from truthgpt.corpus import durable
from truthgpt.corpus.consent import record
from truthgpt.corpus.export.remembered import Exported, remember
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import vocabulary
from truthgpt.training.data import manifest as manifests
from truthgpt.training.data.documents import Document, Documents, documents
from truthgpt.training.data.manifest import Manifest
from truthgpt.training.data.mixture import Data
from truthgpt.training.data.split_writer import SplitWriter
from truthgpt.training.data.splits import SPLITS, VALIDATION, in_validation

_TEXTS: Final = 1_024
_BYTES: Final = 4 << 20
"""Documents, and characters of them, that are encoded at once."""

_PART: Final = ".part"
_FOLDER: Final = re.compile(r"shards-(\d{4,})")
_OURS: Final = re.compile(rf"\.part|write\.lock|\.?{manifests.FILE}(\.part)?|{_FOLDER.pattern}")
_WAIT: Final = 60.0
"""Seconds to wait for an import to end before the shards are remembered."""


def write(
    store: Store, folder: Path, tokenizer: Tokenizer, options: Data | None = None, report: Report = unheard
) -> Manifest:
    """Write the newest version of `store` as token shards to `folder`, in the place of those that are there.

    They are remembered with the corpus, so that forgetting names them. Raises `BadInputError` where no post may be trained
    on, `folder` holds something else or `tokenizer` makes control tokens of text, `MissingError` where the disk is full,
    `BusyError` where another process writes to either; what was in `folder` is still there then.
    """
    options = options or Data()
    folder = folder.absolute()
    _refuse_foreign(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / _PART
        with WriteLock(folder, work="writing of shards"):
            try:
                shutil.rmtree(beside, ignore_errors=True)
                beside.mkdir()
                with documents(store, beside / "near", report) as found:
                    made = _written(found, folder, beside, tokenizer, options, report)
                    # While forgetting has to wait: it finds these shards on the list, or they are without what it took.
                    with WriteLock(store.path, _WAIT):
                        remember(store.path, _remembered(folder, found, made))
                    manifests.save(folder, made)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
                _sweep(folder)
    except OSError as error:
        raise durable.missing(folder, error) from error
    return made


def encoder(tokenizer: Tokenizer) -> Tokenizer:
    """`tokenizer` for text from outside: what looks like a control token is encoded as its characters."""
    made = Tokenizer.from_str(tokenizer.to_str())
    made.encode_special_tokens = True
    return made


def encoded(tokenizer: Tokenizer, texts: list[str]) -> list[npt.NDArray[np.uint32]]:
    """The tokens of each of `texts` by an `encoder`, each with `END_ID` behind them.

    Raises `BadInputError` where a control token comes of text.
    """
    found = []
    for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        tokens = np.array([*encoding.ids, vocabulary.END_ID], np.uint32)
        if (tokens[:-1] < len(vocabulary.CONTROL)).any():
            raise BadInputError(
                "the tokenizer makes control tokens of text; `truthgpt train tokenizer` makes one"
            )
        found.append(tokens)
    return found


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder} is a file; name a folder for the shards")
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    others = [name for name in names if not _OURS.fullmatch(name)]
    if manifests.FILE in names and not any(_FOLDER.fullmatch(name) for name in names):
        others.append(manifests.FILE)
    if others:
        raise BadInputError(f"{folder} holds {others[0]}, which is not of shards; name another folder")


def _sweep(folder: Path) -> None:
    """Remove the files of shards that the manifest does not name."""
    named: set[str] = set()
    try:
        splits = manifests.load(folder).splits.values()
        named = {file.name.split("/")[0] for split in splits for file in split.files}
    except MissingError:  # nothing stood here, and nothing came of what was begun
        pass
    except BadInputError:  # damaged: what it named is for somebody to look at
        return
    for path in folder.iterdir():
        if _FOLDER.fullmatch(path.name) and path.name not in named:
            shutil.rmtree(path, ignore_errors=True)


def _remembered(folder: Path, found: Documents, made: Manifest) -> Exported:
    return Exported(
        path=str(folder),
        when=record.now(),
        purpose="training",
        format="tokens",
        posts=found.posts,
        files=sum(len(split.files) for split in made.splits.values()),
        version=found.version,
        content_hash=found.content_hash,
        left_out=found.left_out,
    )


def _written(
    found: Documents, folder: Path, beside: Path, tokenizer: Tokenizer, options: Data, report: Report
) -> Manifest:
    """Write all files and give them their names, which no manifest names yet."""
    numbers = [int(match[1]) for path in folder.iterdir() if (match := _FOLDER.fullmatch(path.name))]
    name = f"shards-{max(numbers, default=0) + 1:04d}"
    inside = beside / name
    inside.mkdir()
    validation = in_validation(found.keys, options.validation, options.validation_documents)
    size, coder = tokenizer.get_vocab_size(), encoder(tokenizer)
    splits = {}
    for split in SPLITS:
        numbers_of_split = np.flatnonzero(validation == (split == VALIDATION))
        names = found.community_names, found.language_names
        with SplitWriter(inside, split, manifests.width(size), *names) as writer:
            for batch in _batches(found.read(numbers_of_split)):
                writer.add(batch, encoded(coder, [document.text for document in batch]))
                report(f"writing {split}", writer.documents, len(numbers_of_split), "documents")
            splits[split] = writer.finish()
    inside.rename(folder / name)
    durable.sync_folder(folder)
    return Manifest(
        tokenizer=manifests.digest(tokenizer),
        vocabulary=size,
        dtype=manifests.width(size),
        corpus=found.version,
        content_hash=found.content_hash,
        left_out=found.left_out,
        communities=found.community_names,
        languages=found.language_names,
        splits=splits,
        validation=options.validation,
        validation_documents=options.validation_documents,
    )


def _batches(read: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    characters = 0
    for document in read:
        batch.append(document)
        characters += len(document.text)
        if len(batch) == _TEXTS or characters >= _BYTES:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
