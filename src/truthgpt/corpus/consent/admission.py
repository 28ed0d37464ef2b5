"""Posts of an export in, those that may come into the corpus out, and rejected rows in the place of the others.

To be asked before anything is reckoned from the posts: permission to train is part of a post's content.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.readers.rejected import Rejected


def admitted(posts: pa.Table, listed: OptOuts) -> tuple[pa.Table, list[Rejected]]:
    """`posts` (at least `id`, `author`, `source`, `training`) without those on the list, `training` as it says.

    A rejected row says in which source and why; it holds nothing of the post.
    """
    if not listed or not posts.num_rows:
        return posts, []
    reasons = listed.reasons(posts["id"].to_pylist(), posts["author"].to_pylist())
    sources = posts["source"].to_pylist()
    rejected = [
        Rejected(source, 0, reason, "") for source, reason in zip(sources, reasons, strict=True) if reason
    ]
    if rejected:
        posts = posts.filter(pa.array([not reason for reason in reasons], pa.bool_()))
    if listed.untrained:
        place = posts.schema.get_field_index("training")
        may = listed.trainable(posts["id"].to_pylist(), posts["author"].to_pylist())
        allowed = pc.and_(posts["training"], pa.array(may, pa.bool_()))
        posts = posts.set_column(place, posts.schema.field(place), allowed)
    return posts, rejected
