"""A version of the corpus in; out, a language model of one's own: tokenizer, shards of tokens, checkpoints, evaluation.

Needs the extra `train`; nothing that answers imports it.
"""
