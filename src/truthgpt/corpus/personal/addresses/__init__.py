"""Postal addresses down to the house, one file a language: a folded text comes in, spans go out, as well as forms can tell.

Each address names a street with its house, or an estate with building and flat; a street alone, a numbered underground
line and the houses of films are none.
"""
