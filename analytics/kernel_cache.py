"""Where compiled kernels are kept between runs: a folder that belongs to exactly these sources.

numba compares a cached kernel with the file it stands in, not with those of the functions and constants it uses:
after an update a kernel could go on with an old one of these. So the folder bears a fingerprint of all sources.
"""

import os
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOMS = ("population", "statistics")
"""Where the kernels are, with all they take in."""
PREFIX = "analytics-kernels-"
VARIABLE = "NUMBA_CACHE_DIR"
DAY_S = 86_400
"""Folders of other sources go when they are a day older: a process that runs on them may still write there."""


def keep_kernels() -> None:
    """Tell numba to keep kernels in the folder of these sources, unless the environment names another place.

    That is in the package's `__pycache__`, else among the caches of the user. Where neither can be written to,
    nothing is told and numba looks for a place itself.
    """
    told = os.environ.get(VARIABLE, "")
    ours = not told or Path(told).name.startswith(PREFIX)  # of a parent, perhaps with older sources
    if not ours:
        return
    name = PREFIX + fingerprint(HERE)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for folder in (HERE / "__pycache__" / name, Path(cache, name)):
        if folder.is_absolute() and _ready(folder):  # "~" stays where there is no home
            os.environ[VARIABLE] = str(folder)
            break
    if "numba" in sys.modules:  # it has read the environment already
        sys.modules["numba"].core.config.reload_config()


def fingerprint(package: Path) -> str:
    """Return eight hexadecimal digits that change with any line or path of a source in the rooms of kernels."""
    digest = 0
    for room in ROOMS:
        for folder, inner, files in os.walk(package / room):
            inner.sort()
            for file in sorted(file for file in files if file.endswith(".py")):
                path = os.path.join(folder, file)
                with open(path, "rb", buffering=0) as opened:
                    source = opened.read()
                digest = zlib.crc32(f"{os.path.relpath(path, package)}\0{len(source)}\0".encode() + source, digest)
    return f"{digest:08x}"


def _ready(folder: Path) -> bool:
    """Make the folder if need be, drop those of other sources, and return whether it can be written to."""
    if not folder.is_dir():
        try:
            folder.mkdir(parents=True)
        except FileExistsError:  # another process was first
            return os.access(folder, os.W_OK)
        except OSError:
            return False
        _drop_older(folder)
    return os.access(folder, os.W_OK)


def _drop_older(kept: Path) -> None:
    import shutil  # it loads every compressor, and nothing else of a help text needs it

    now = kept.stat().st_mtime
    for folder in kept.parent.glob(PREFIX + "*"):
        try:
            if now - folder.stat().st_mtime > DAY_S:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # another process dropped it
            continue
