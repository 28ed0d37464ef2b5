"""A payload and a signer in, a DSSE v1 envelope out (Dead Simple Signing Envelope, v1.0.2, of in-toto and sigstore).

What is signed is the pre-authentication encoding, `offline.pae`: the payload's type and bytes, each with its length.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from truthgpt.oversight.certificate.offline import PAYLOAD_TYPE, pae


def envelope(payload: bytes, key_id: str, sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """The envelope of `payload`, an in-toto statement as bytes, signed by `sign` with the key whose id is `key_id`."""
    signature = sign(pae(PAYLOAD_TYPE, payload))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
    }
