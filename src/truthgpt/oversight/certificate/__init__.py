"""An inspection comes in; a signed, logged certificate goes out, and whoever has one verifies it, offline too.

`issue` makes one, `offline` verifies one and is a program of its own, `standing` says how a model stands that is served, `trust`
keeps the keys. May import `oversight.keys`, `oversight.log` and `oversight.inspection.result`, and everything below `oversight`.
"""
