"""A version of the corpus in; out, what a model reads of it: documents, a tokenizer, shards of tokens, batches."""
