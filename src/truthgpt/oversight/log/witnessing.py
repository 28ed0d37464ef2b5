"""Asking a witness for its cosignature over HTTP (C2SP tlog-witness, `add-checkpoint`)."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import witness
from truthgpt.oversight.log.note import Verifier
from truthgpt.oversight.log.reading import View

_SECONDS = 10.0
_LARGEST = 1 << 16
"""Bytes of an answer that are read; a cosignature takes some hundred and fifty."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


def cosigned(folder: Path, log: Verifier, url: str, by: Verifier) -> int:
    """Have the newest checkpoint of the log in `folder` cosigned by the witness `by`, who is reached at `url`; its size.

    The cosignature is checked and lies beside the log by then. Where the witness knows another size than the one that was kept here, it is
    asked once more from that one («409 Conflict … the body MUST consist of the tree size of the latest cosigned checkpoint»).
    Raises `BadInputError` for an address of no use and for an answer that is none, `MissingError` where nobody answers or the witness refuses.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadInputError(f"{url!r} is no address of a witness; give its submission prefix, https://…")
    view = View.open(folder, [log])
    before = witness.kept(folder, by)
    old = 0 if before is None else checkpoints.parse(before.text).size
    status, body = _post(url, witness.request(view, old))
    if status == 409 and (knows := _SIZE.fullmatch(body)):
        if int(knows[1]) > view.size:
            raise BadInputError(
                f"the witness has cosigned a tree of {int(knows[1]):,} entries, and the log has {view.size:,}: entries are gone, "
                "or another log has this key; look into it before anything else"
            )
        status, body = _post(url, witness.request(view, int(knows[1])))
    if status != 200:
        said = " ".join(body[:200].decode("utf-8", "replace").split())
        raise MissingError(f"the witness refused with {status}{f' ({said})' if said else ''}")
    witness.keep(folder, view.note, body, log, by)
    return view.size


def _post(url: str, body: bytes) -> tuple[int, bytes]:
    address = f"{url.rstrip('/')}/add-checkpoint"
    try:
        with (
            httpx.Client(timeout=_SECONDS) as client,
            client.stream("POST", address, content=body) as answer,
        ):
            read = b""
            for part in answer.iter_bytes():
                read += part
                if len(read) > _LARGEST:
                    raise BadInputError(f"{address} answers with more than a cosignature")
            return answer.status_code, read
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise MissingError(
            f"no witness answers at {address} ({' '.join(str(error).split())[:120] or type(error).__name__})"
        ) from error
