"""The address of a run: ``latest``, the name of its folder, or ``name@version``, under which nothing ever changes.

A folder may be written anew under the same name. The version is drawn from its summary, so that what a browser
keeps under ``name@version`` is never wrong: figures are fetched once a day. Not once for ever: what retention
destroys here must not stay in a browser.
"""

from dataclasses import dataclass
from pathlib import Path

from flask import Response, request

from entry_service.core.errors import NotFound

from ..frame.compression import takes_gzip
from .result_folders import LATEST, ResultFolder, etag, newest, run_in

VERSION_LENGTH = 12  # hexadecimal digits: 48 bits tell the versions of one folder apart
FOR_A_DAY = "private, max-age=86400, immutable"
ASK_EACH_TIME = "private, no-cache"


@dataclass(frozen=True, slots=True)
class AddressedRun:
    """A run as somebody asked for it; ``fixed`` where the address names its version."""

    run: ResultFolder
    fixed: bool

    def answer(self, content: bytes, media: str) -> Response:
        """Answer with the bytes, or 304 where the caller has the same; only this browser may keep a copy."""
        return conditional(content, media, FOR_A_DAY if self.fixed else ASK_EACH_TIME)

    def answer_zipped(self, zipped: bytes, content: bytes, media: str) -> Response:
        """Answer with bytes that are compressed already, or with ``content`` where the caller takes no gzip."""
        response = self.answer(zipped if takes_gzip() else content, media)
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and takes_gzip():
            response.headers["Content-Encoding"] = "gzip"
        return response


def version_of(run: ResultFolder) -> str:
    """Return the address of exactly this run: the name of its folder and the version of its summary."""
    return f"{run.path.name}@{etag((run.path / 'summary.json').read_bytes())[:VERSION_LENGTH]}"


def addressed(results: Path, address: str) -> AddressedRun:
    """Return the run that an address names; raise ``NotFound`` where there is none, or none of that version."""
    if address == LATEST:
        run = newest(results)
        if run is None:
            raise NotFound("아직 분석 결과가 없습니다.")
        return AddressedRun(run, fixed=False)
    name, _, version = address.partition("@")
    folders = {path.name: path for path in results.iterdir()} if results.is_dir() else {}
    path = folders.get(name)  # of what is there, so that no address leads out of the folder
    known = path is not None and path.is_dir() and not name.startswith(".") and not path.is_symlink()
    run = run_in(path) if known else None
    if run is None or (version and version_of(run) != address):
        raise NotFound("그 분석 결과는 더 이상 없습니다.")
    return AddressedRun(run, fixed=bool(version))


def conditional(content: bytes, media: str, keep: str = ASK_EACH_TIME) -> Response:
    """Answer with the bytes and their ETag, 304 where the caller has the same."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    response = Response(content, content_type=media + charset)
    response.headers["Cache-Control"] = keep
    response.set_etag(etag(content))
    return response.make_conditional(request)
