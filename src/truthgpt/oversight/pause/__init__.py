"""A person or a fault comes in; answers stop, everywhere and at once, until persons let them go on.

What a pause means. Every server over the data folder, and `truthgpt ask`, asks `Pause.paused` before it answers, completes or
embeds anything, and before every token. While it says why, nothing is begun and what runs is ended with that reason: at most a
second after `pause` returns, whether or not the model is silent just then. A pause outlasts crashes and restarts: it ends when it
is resumed, and in no other way.

What it does not mean. Posts are searched and read, notes are written, imports and training go on: they let nobody talk to a
model. Inspections, evaluations and `truthgpt verify` run too: they are how one learns whether to resume. A native library that
computes a token computes it to its end; what it makes is not given out. What was sent before the pause has been sent. A model on
a machine of others is no longer asked, but not stopped. It is a switch for those who run the program, not a cage: whoever may
write the data folder can put in another program.

It fails closed. Two files hold it, each with its own checksum: `oversight/pause/state.json`, and in the data folder `pause.seal`,
which names the state that may stand by its SHA-256 and number. Missing, unreadable, damaged, changed by hand or put back from an
earlier day: each is a pause, with a reason that says so. Hence the brake that needs no program: delete `state.json`. A new data
folder is set up once, by `set_up`; where both files are gone later, the log still tells that they were there. Restoring the whole
folder from a backup restores its pause too; only a copy of the log kept elsewhere shows that.

Accepted: names are told, not proved, so that two persons are as many as the system's own accounts make them; a resumption that
the log holds may have been kept from taking effect by a crash, never the reverse.
"""

from truthgpt.oversight.pause.guard import Halt, guarded
from truthgpt.oversight.pause.state import Paused, PausedError, Request
from truthgpt.oversight.pause.switch import FRESH_SECONDS, Pause, Record, Resumed

__all__ = [
    "FRESH_SECONDS",
    "Halt",
    "Pause",
    "Paused",
    "PausedError",
    "Record",
    "Request",
    "Resumed",
    "guarded",
]
