"""Errors that a person reads: one line that says what is wrong, where, and what to do.

Each class fixes the exit code of the command line (0 done, 1 a finding, 2 wrong use or bad input, 3 something
needed is missing, 130 stopped), so that a library raises the same error whoever calls it.
"""

from __future__ import annotations


class TruthGPTError(Exception):
    """The base of every error that TruthGPT raises on purpose; its text is one line, shown as it is."""

    exit_code = 2


class BadInputError(TruthGPTError):
    """A file, a row, a question or an option that cannot be used as given."""

    exit_code = 2


class MissingError(TruthGPTError):
    """Something needed is not there: a model, a package, a service, disk space."""

    exit_code = 3


class StoppedError(TruthGPTError):
    """What was asked to stop has stopped, where it can be taken up again."""

    exit_code = 130


class BusyError(TruthGPTError):
    """Another process holds what is needed: the data folder's write lock, or a port."""

    exit_code = 3
