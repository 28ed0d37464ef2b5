"""Personal data: clean text comes in; the spans that hold personal data, and text with those spans masked, go out.

`columns.personal` finds the spans of a column, `columns.masked` replaces them for a training export. The citable text
is never changed. Cheap expressions of Daft pick the few rows that can hold anything; on those, and only those, Python
looks closer: `find` folds the text (`fold`), asks `emails`, `numbers`, `networks`, `phones` and `addresses`, and keeps
what does not overlap. `checks` holds the arithmetic, `cues` what the words around a number say. Imports nothing above
the corpus.
"""
