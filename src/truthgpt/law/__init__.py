"""A prompt and a jurisdiction come in; answer, or refuse under a named statute, goes out. Imports nothing above `language`."""
