"""Two texts come in, side by side; the logits of what the one is to the other go out. Imports `corpus` and `truth.sentences`.

`text` says what is read, `pieces` makes the verifier's tokens of it and `words` those of the networks of selection and law, `network` is the
graph that reads tokens, `model` opens the shipped weights and runs it.
"""
