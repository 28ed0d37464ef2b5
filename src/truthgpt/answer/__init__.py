"""A question comes in; a stream of evidence, sentences and verdicts, and at last an answer, goes out. Imports `truth`, `law`, `search`, `language`."""
