"""The page and the API's description as static files of the package; nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

PAGE = Path(__file__).parent / "page"
DOCS = Path(__file__).parent / "docs_page"


def add_pages(app: FastAPI) -> None:
    """Serves the page at `/` and `/page/`, that of inspectors at `/inspectors`, and at `/docs` one that shows `/openapi.json` readably."""
    _add_file(app, "/", PAGE / "index.html", "text/html")
    _add_file(app, "/inspectors", PAGE / "inspectors" / "index.html", "text/html")
    _add_file(app, "/favicon.svg", PAGE / "favicon.svg", "image/svg+xml")
    _add_file(app, "/docs", DOCS / "index.html", "text/html")
    app.mount("/page/docs", StaticFiles(directory=DOCS))
    app.mount("/page", StaticFiles(directory=PAGE))


def _add_file(app: FastAPI, address: str, path: Path, media_type: str) -> None:
    async def send() -> Response:
        return FileResponse(path, media_type=media_type)

    app.add_api_route(address, send, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
