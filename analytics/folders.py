"""A finished folder takes its name in one step; what stood there before is kept until that has worked."""

import os
import shutil
from pathlib import Path


def put_in_place(made: Path, folder: Path) -> None:
    """Rename the complete folder `made` to `folder`, beside it; an earlier one is moved aside first, then removed.

    If the new folder cannot take the name, the earlier one gets it back and the error is raised.
    """
    aside = made.with_name(f"{made.name}-before") if folder.exists() else None
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
