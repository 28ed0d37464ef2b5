"""Near copies: posts in, clusters of posts that carry one text out. Imports `corpus.unspaced`, `compiled` and errors, nothing else.

    words       texts to words, as numbers           (characters, stance: what a character, a word is)
    signature   words to MinHash signatures and keys
    columns     words and keys as expressions over Daft, which only who imports this module pays for
    brought     words kept as posts come in, so that they need not be read again
    buckets     keys to pairs of posts that share one, through files
    verify      pairs to near copies, exactly
    unionfind   near copies to sets
    clusters    all of it: `deduplicate`

`docs/near-copies.md` says what counts as a copy, how well it is found and how fast.
"""

from truthgpt.corpus.near.clusters import Clusters, deduplicate

__all__ = ["Clusters", "deduplicate"]
