"""Rows of exports come in, rows of the store go out: cleaned, told apart, described, as column expressions over Daft.

`raw` makes Arrow tables of what readers yield, `columns` says what is reckoned of them, `keys` by what posts are told
apart. `prepare` runs it on one machine batch by batch, `cluster` on many. Imports the readers and the corpus's parts;
nothing that searches or answers imports it, so that they do not load Daft.
"""
