"""A model and lessons in; out, the model that has learned them: fine-tuning, preferences, low-rank adapters."""
