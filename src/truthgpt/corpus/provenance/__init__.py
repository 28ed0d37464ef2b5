"""Where the posts came from: an import comes in; a record of the version that it made, a content hash of all posts and
a card for people and machines go out. Imports `corpus.store` and below; exports and commands build on it.

Everything is kept in `provenance/` in the corpus's folder: one file a version, `sums.json` of the newest, and `exports.jsonl`.
"""

from pathlib import Path


def folder(corpus: Path) -> Path:
    """Where the records of the corpus in this folder are kept."""
    return corpus / "provenance"
