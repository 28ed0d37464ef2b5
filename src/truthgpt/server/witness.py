"""A witness as a service: it cosigns the checkpoints of the logs that it knows (C2SP tlog-witness).

`POST /add-checkpoint` is all there is. Whoever sends a checkpoint proves by its signature that it is the log's, and by the consistency
proof that nothing of what was cosigned before is gone; no key is needed.
"""

from __future__ import annotations

import socket
import time

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truthgpt.errors import TruthGPTError
from truthgpt.oversight.log.witness import RefusedError, Witness

_LARGEST = 1 << 17
"""Bytes of a request: a checkpoint and 63 hashes take fewer than 70,000."""
_SIZE = "text/x.tlog.size"


def create_witness(witness: Witness) -> Starlette:
    """The application of one witness."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                return Response("the request is too large\n", 413, media_type="text/plain")
        try:
            line = await run_in_threadpool(witness.add_checkpoint, body, int(time.time()))
        except RefusedError as refused:
            kind = _SIZE if refused.status == 409 else "text/plain"
            return Response(refused.body, refused.status, headers={"Content-Type": kind})
        except TruthGPTError as error:
            # What it cosigned could not be kept, so nothing was: another try may go well.
            return Response(f"{error}\n", 503, media_type="text/plain")
        return Response(line, media_type="text/plain")

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])


def serve_witness(witness: Witness, listener: socket.socket) -> None:
    """Serves `witness` until SIGINT or SIGTERM. Prints nothing."""
    config = uvicorn.Config(
        create_witness(witness), log_config=None, log_level="critical", access_log=False, server_header=False
    )
    uvicorn.Server(config).run(sockets=[listener])
