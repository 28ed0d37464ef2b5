"""A trained model in; out, files that others read, its card, and how well it foretells and answers."""
