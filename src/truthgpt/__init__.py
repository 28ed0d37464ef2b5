"""TruthGPT: posts in; answers out whose every sentence is cited, checked and calibrated."""

__version__ = "0.1.0"
