"""A finished folder takes its name in one step; what stood there before is kept until that has worked."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from .refusals import OutputRefused

ASIDE = "-before"


def assert_can_be_made(folder: Path) -> None:
    """Refuse a folder that cannot be made where it is asked for, before work is done for it."""
    above = next(parent for parent in folder.absolute().parents if os.path.lexists(parent))
    if not above.is_dir():
        raise OutputRefused(f"{folder}: {above} is not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise OutputRefused(f"{folder}: nothing may be written into {above}")


def assert_no_input(out: Path, inputs: Iterable[Path | None]) -> None:
    """Refuse to write over a file that is read, or over one in a folder that is."""
    for path in inputs:
        if path is not None and out.exists() and path.resolve() in (out.resolve(), *out.resolve().parents):
            raise OutputRefused(f"{out}: is read, and would be written over; name another file")


def put_in_place(made: Path, folder: Path) -> None:
    """Rename the complete folder `made` to `folder`, beside it; an earlier one is moved aside first, then removed.

    If the new folder cannot take the name, the earlier one gets it back and the error is raised.
    """
    aside = made.with_name(f"{made.name}{ASIDE}") if folder.exists() else None
    if aside is not None:
        os.rename(folder, aside)
    try:
        os.rename(made, folder)
    except OSError:
        if aside is not None:
            os.rename(aside, folder)
        raise
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)


def take_back(folder: Path) -> None:
    """Give a folder its place again that a kill in `put_in_place` left moved aside, with nothing in its place."""
    above = folder.absolute().parent
    if os.path.lexists(folder) or not above.is_dir():
        return
    for path in sorted(above.iterdir()):
        if path.name.startswith(f".{folder.name}-") and path.name.endswith(ASIDE):
            os.rename(path, folder)
            return
