"""A model and a prompt come in, text goes out: engines and the models on this machine. Imports nothing above it."""
