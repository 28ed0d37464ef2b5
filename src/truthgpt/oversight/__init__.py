"""A model or a running system comes in; an inspection, a certificate, an entry of the log, a pause or an incident goes out.

May import every floor below. Nothing below knows of it: the server and the command line hand the log and the pause to what they run.
"""
