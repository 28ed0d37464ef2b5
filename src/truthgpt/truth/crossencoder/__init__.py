"""Two texts come in, side by side; the logits of what the one is to the other go out. Imports `corpus` and `truth.sentences`.

`text` makes tokens of a pair, `network` the graph that reads them, `model` opens the shipped weights and runs it.
"""
