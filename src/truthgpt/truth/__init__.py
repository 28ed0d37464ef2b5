"""A claim and its evidence come in, a verdict with a confidence goes out. Imports `search` and what is below it."""
