"""Which code this is: the released version and a hash of the sources, so that a changed copy says so."""

import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


@cache
def code_version() -> str:
    """Return for example ``0.1.0+1f3a9c02d4e5``: the version in pyproject.toml and a hash of the modules.

    It is that of the first call: what runs does not become new because its files do.
    """
    return version_on_disk()


def version_on_disk() -> str:
    """Return what a process that starts now calls its ``code_version``."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    digest = sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{project['version']}+{digest.hexdigest()[:12]}"
