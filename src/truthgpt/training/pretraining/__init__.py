"""Batches of tokens in; out, a network trained from nothing: over many ranks, resumable, told as it goes."""
