"""Columns of raw posts come in, columns of clean text and of what is known of it go out, as expressions over Daft.

`text` and `html` give back what an author wrote; `links` and `marks` find what a post points to; `profile` counts, and
`boilerplate`, `spam` and `quality` weigh the counts; `columns` puts all of them together. May import `corpus.languages`
and `corpus.clean`. Whoever imports these modules pays for Daft's start: nothing that `corpus.store` reaches may.
"""
