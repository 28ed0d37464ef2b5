"""Posts in; out, lessons that teach a model to answer from them: question, evidence, cited answer."""
