"""Write requirements.txt anew from the dependency groups of pyproject.toml: pinned, hashed, grouped.

Needs ``uv`` beside this Python. Run by ``make lock`` only when a dependency changes.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {
    "service": "the Flask entry service and its demo city",
    "analytics": "the foot-traffic analytics package",
    "tests": "what only `make test` and the benchmarks need",
}
HEADER = """\
# Pinned for Python 3.11 and newer, verified by hash, in three groups.
# Written by `make lock` from the dependency groups of pyproject.toml; not edited by hand.
"""


def compile_pins(packages: list[str], *options: str) -> dict[str, str]:
    """Return package name → its pinned block, resolved for Python 3.11 (3.12 and newer take them too)."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--python-version", "3.11"]
    command += ["--no-annotate", "--no-header", *options, "-"]
    done = subprocess.run(command, input="\n".join(packages), capture_output=True, text=True, check=True)
    blocks = re.finditer(r"^(?P<name>[\w.\-]+)(?:\[[\w,]+\])?==.*?(?=^\S|\Z)", done.stdout, re.S | re.M)
    return {block["name"]: block[0].rstrip() for block in blocks}


def main() -> None:
    """Resolve all groups together once, then print each package under the first group that needs it."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    everything = [package for name in GROUPS for package in groups[name]]
    pins = compile_pins(everything, "--generate-hashes")
    lines, seen, wanted = [HEADER], set(), []
    for name, what in GROUPS.items():
        wanted += groups[name]
        needed = compile_pins(wanted)
        lines.append(f"# --- {name}: {what}")
        lines += [pins[package] for package in sorted(needed.keys() - seen)]
        lines.append("")
        seen |= needed.keys()
    (ROOT / "requirements.txt").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
