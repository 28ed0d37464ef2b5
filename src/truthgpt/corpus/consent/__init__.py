"""What authors and platforms ask for: a wish comes in (forget this, do not train on that); posts leave the corpus, and
stay out of it. Imports the rest of `corpus`; the importer asks `optout` which rows it may keep.

Everything is kept in `consent/` in the corpus's folder: `key`, `optout.jsonl`, `consent.jsonl`, `pending.json`.
"""

from pathlib import Path


def folder(corpus: Path) -> Path:
    """Where the wishes about the corpus in this folder are kept."""
    return corpus / "consent"
