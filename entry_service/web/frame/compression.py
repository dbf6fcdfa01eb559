"""Answers are sent compressed where that is safe: our files always, pages and JSON by the rules below.

A compressed answer tells by its length whether text that an attacker chose repeats text that he may not see
(BREACH). Our pages hold one such secret, the token of their forms. So a page is compressed only where nothing
in it can have been chosen by somebody else: never for a signed-in account (its pages show what visitors and
others wrote), never with a query, never as the answer to a form. JSON holds no token; it follows the same rules
but for the account. Answers to POST, every scan among them, are not touched.

A compressed answer is the same resource in another form: its ``ETag`` is the weak one, which ``If-None-Match``
compares as it should.
"""

import gzip
from pathlib import Path
from threading import Lock

from flask import Flask, Response, g, request

LEAST = 1_024  # bytes; what fits into one packet gains nothing
LEVEL = 6  # of what is made for one answer; files are compressed once and harder
PAGE = "text/html"
DATA = {"application/json", "application/geo+json", "application/manifest+json", "text/javascript", "text/csv"}
FILES = {".css", ".js", ".mjs", ".svg", ".wasm", ".json"}  # fonts and pictures are compressed already
_kept: dict[Path, tuple[tuple[int, int], bytes]] = {}  # path → (mtime in ns, size), gzip
_lock = Lock()


def attach(app: Flask) -> None:
    """Compress what views answer."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """Return the answer, compressed where the rules allow it and the caller takes it."""
    if request.method != "GET" or response.status_code != 200 or response.direct_passthrough:
        return response  # the hot path ends here
    if not _may_be_compressed(response.mimetype) or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= LEAST and takes_gzip():
        _put(response, gzip.compress(body, LEVEL, mtime=0))
    return response


def _may_be_compressed(media: str | None) -> bool:
    if request.query_string:
        return False
    return media in DATA or (media == PAGE and g.get("account") is None)


def takes_gzip() -> bool:
    """Say whether the caller of this request takes gzip; one that does not say so does not."""
    return request.accept_encodings.quality("gzip") > 0


def file_compressed(response: Response, path: Path) -> Response:
    """Return the answer with a file of ours, compressed; the bytes are kept in memory while the file is unchanged.

    ``path`` is the file that the answer would send. Part of a file, or one unchanged for the caller, stays so.
    """
    if path.suffix not in FILES:
        return response
    response.vary.add("Accept-Encoding")
    if not takes_gzip():
        return response
    if response.status_code == 304:
        _weaken(response)
    elif response.status_code == 200:
        smaller = _gzip_of(path)
        if smaller is not None:
            response.close()  # the file that was opened to be sent
            response.direct_passthrough = False
            _put(response, smaller)
            response.headers.pop("Accept-Ranges", None)
    return response


def _gzip_of(path: Path) -> bytes | None:
    """Return the file compressed, or None where that gains nothing."""
    stat = path.stat()
    stamp = (stat.st_mtime_ns, stat.st_size)
    known = _kept.get(path)
    if known is None or known[0] != stamp:
        with _lock:  # once, however many ask at the same moment
            known = _kept.get(path)
            if known is None or known[0] != stamp:
                known = _kept[path] = (stamp, gzip.compress(path.read_bytes(), 9, mtime=0))
    return known[1] if stat.st_size >= LEAST and len(known[1]) < stat.st_size else None


def _put(response: Response, body: bytes) -> None:
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    _weaken(response)


def _weaken(response: Response) -> None:
    tag, weak = response.get_etag()
    if tag is not None and not weak:
        response.set_etag(tag, weak=True)
