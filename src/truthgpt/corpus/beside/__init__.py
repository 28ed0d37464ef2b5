"""Files beside the table: what an index keeps of each fragment, in a file that is named like the fragment's data.

    kind     what one sort of file is of, and how it is made and opened
    rows     rows by their numbers, and those that may be found
    files    those of a folder of posts, kept up with its table

A fragment of the table never changes; so its file, once made, holds for every version that has it. Files are a cache: what is not
there is made again.
"""

from truthgpt.corpus.beside.files import Kinds, make_ahead, outside, tidy, update
from truthgpt.corpus.beside.kind import Kind, Parts, name_of, only, read
from truthgpt.corpus.beside.rows import Allowed, Bytes, Part, Rows, allowed, mapped

__all__ = [
    "Allowed",
    "Bytes",
    "Kind",
    "Kinds",
    "Part",
    "Parts",
    "Rows",
    "allowed",
    "make_ahead",
    "mapped",
    "name_of",
    "only",
    "outside",
    "read",
    "tidy",
    "update",
]
