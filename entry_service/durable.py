"""What was written is on the disk before anybody relies on it: files and the names in a folder."""

import os
from pathlib import Path
from typing import IO


def sync_open(file: IO) -> None:
    """Make what was written to an open file durable."""
    file.flush()
    os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """Make durable what a file holds, or what was done to the names of a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
