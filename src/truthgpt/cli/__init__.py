"""A person's command comes in; a readable page or, with `--json`, one machine form goes out. Imports every floor below."""

from truthgpt.cli.app import main

__all__ = ["main"]
