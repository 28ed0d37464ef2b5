"""A version of the corpus in; out, a folder that Hugging Face `datasets` loads: `load_dataset(folder)`.

    README.md         the card for people; its first lines tell `datasets` where the posts are
    croissant.json    the card for machines, with the SHA-256 of each shard
    data/train-00000-of-00002.parquet, or .jsonl

    variants   what a post has in an export for training, and in one for citation
    choice     which posts, in which order
    shards     posts to files of bounded size
    remembered what was exported before, and where to
    folder     all of it: `export`

Imports the rest of `corpus`.
"""
