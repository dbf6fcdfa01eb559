"""A program on a file system of its own that is really full soon: for the tests of the reserves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 180


def told_on_twelve_megabytes(module: str, disk: Path, *others: Path) -> dict:
    """Run a module with twelve megabytes mounted at ``disk``, its first argument; return what it printed."""
    mount = f"mount -t tmpfs -o size=12m,mode=700 none {disk}"
    script = f"{mount} && exec {sys.executable} -m {module} {' '.join(map(str, (disk, *others)))}"
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
