"""Which code made a result: the version of the project and a fingerprint of this package's source."""

import hashlib
from functools import cache
from pathlib import Path

VERSION = "0.1.0"


@cache
def code_version() -> str:
    """Return for example "0.1.0+3f9a1c2b": equal wherever the source is, different as soon as a line changes."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*")):
        if path.suffix in {".py", ".csv", ".html", ".css", ".js"}:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{VERSION}+{digest.hexdigest()[:8]}"
