"""Entries come in and are there for good; a signed checkpoint, and proofs of what is and was in the log, go out.

    with Log.open(data / "oversight" / "log") as log:
        appended = log.append(b"...")          # returns once it is durable
        proof = log.inclusion(appended.index)  # `bytes(proof)` is the text of a .tlog-proof
        proof.check(b"...", [log.verifier])    # offline, by anyone

An RFC 6962 Merkle tree as C2SP tlog-tiles on disk; the notes, cosignatures and proofs are C2SP's too. Reading needs the
public key alone (`View.open`), and disturbs no writer.
"""

from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.note import Verifier
from truthgpt.oversight.log.proof import Proof
from truthgpt.oversight.log.reading import View
from truthgpt.oversight.log.store import Appended, Log
from truthgpt.oversight.log.verify import Verified, verify

__all__ = ["Appended", "Checkpoint", "Log", "Proof", "Verified", "Verifier", "View", "verify"]
