"""Install this archive without any network; Python 3.11 and the unpacked archive are all that is needed.

usage: python3.11 install.py [--to /opt/entry-log]  verify, install beside earlier releases, switch to it
       python3.11 install.py --verify               only verify every file
       python3.11 install.py --switch NAME          go (back) to a release that is installed
       python3.11 install.py --units                show how the installed units differ from the current release's,
                                                    and replace them; new ones are named, and not installed, but
                                                    for those that others start when they fail. One that is no
                                                    release's was edited: it is left alone, and the exit code is 1

Each release has a folder and a Python environment of its own below ``releases``; ``current`` is the one in use.
It is switched in one step, last of all, so that an installation that breaks off changes nothing.
"""

import argparse
import difflib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMAND = """\
#!/bin/sh
# A command of the entry log with the settings of its units, unless settings are there already.
here=$(dirname "$(readlink -f "$0")")
if [ -z "$ENTRY_VAR" ]; then
  set -a
  for file in /etc/entry-common.env /etc/entry-log.env; do if [ -r "$file" ]; then . "$file"; fi; done
  : "${ENTRY_VAR:=/var/lib/entry-log}"
  set +a
fi
umask 077
set -- "$here/.venv/bin/python" -m entry_service "$@"
if [ "$(id -u)" = 0 ]; then  # what root makes the service could neither read nor remove
  if [ ! -d "$ENTRY_VAR" ]; then echo "오류: $ENTRY_VAR 폴더가 없습니다(docs/install.md)." >&2; exit 1; fi
  owner=$(stat -c %U "$ENTRY_VAR")
  if [ "$owner" != root ]; then
    export HOME="$ENTRY_VAR"
    exec setpriv --reuid "$owner" --regid "$(stat -c %g "$ENTRY_VAR")" --init-groups "$@"
  fi
fi
exec "$@"
"""


def say(text: str) -> None:
    """Tell the person at the terminal what is going on, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def refuse_other_machines() -> None:
    """Refuse where the wheels would not fit, before anything is written."""
    found = f"{platform.python_implementation()} {platform.python_version()}, {sys.platform} {platform.machine()}"
    if sys.version_info[:2] != (3, 11) or sys.platform != "linux" or platform.machine() != "x86_64":
        raise SystemExit(
            f"오류: CPython 3.11, Linux x86_64용입니다. 이 컴퓨터: {found}\n"
            "  3.11을 설치하고(RHEL 8.8·9.2 이상: dnf install python3.11, Debian 12: apt install python3.11)\n"
            "  `python3.11 install.py`로 실행하시기 바랍니다.\n"
            "  3.11이 없는 배포판에서는 컨테이너로 실행합니다(app/docs/install.md)."
        )


def verify(folder: Path) -> int:
    """Compare every file with SHA256SUMS, both ways; return how many there are."""
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    strange = sorted(name for name in files - listed.keys() - {"SHA256SUMS"} if "__pycache__" not in name)
    wrong = sorted(
        name
        for name, digest in listed.items()
        if name not in files or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    )
    if wrong or strange:
        raise SystemExit(
            "오류: 다음 파일이 다르거나 없거나 목록에 없습니다.\n  " + "\n  ".join([*wrong, *strange])
        )
    return len(listed)


def install(folder: Path, home: Path) -> Path:
    """Install into a release folder of its own and return it; one that broke off before is begun anew."""
    release = home / "releases" / folder.name
    if (release / ".installed").exists():
        say(f"이미 설치되어 있습니다: {release}")
        return release
    if release.exists():
        shutil.rmtree(release)
    say(f"설치합니다: {release}")
    shutil.copytree(folder / "app", release)
    for name in ("manifest.cdx.json", "SHA256SUMS", "install.py"):
        shutil.copyfile(folder / name, release / name)
    venv.create(release / ".venv", symlinks=True)
    python = release / ".venv" / "bin" / "python"
    pip = next((folder / "wheels").glob("pip-*.whl")) / "pip"
    words = [python, pip, "install", "--quiet", "--no-index", "--no-deps", "--require-hashes", "--no-cache-dir"]
    words += ["--disable-pip-version-check", "--find-links", folder / "wheels", "-r", folder / "requirements.txt"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    subprocess.run(words, check=True, env={**clean, "PIP_CONFIG_FILE": os.devnull})
    packages = next((release / ".venv" / "lib").glob("python3*")) / "site-packages"
    (packages / "entry-log.pth").write_text(f"{release}\n")
    subprocess.run(
        [python, "-m", "compileall", "-q", release / "entry_service", release / "analytics"], check=True
    )
    (release / "entry-log").write_text(COMMAND)
    (release / "entry-log").chmod(0o755)
    (release / ".installed").touch()
    return release


def switch(home: Path, release: Path) -> None:
    """Make the release the current one, in one step."""
    if not (release / ".installed").exists():
        raise SystemExit(f"오류: 설치된 버전이 아닙니다: {release.name}")
    draft = home / ".current.new"
    draft.unlink(missing_ok=True)
    draft.symlink_to(Path("releases", release.name))
    os.replace(draft, home / "current")
    say(f"사용할 버전: {release.name}")


def renew_units(home: Path, place: Path) -> None:
    """Put the current release's units where they are installed, and say what changed; drop-ins are left alone.

    A unit that is none of any release here was edited by hand, and what was added to it may be needed: it stays.
    """
    edited, wanted = [], set()
    deploy = home / "current" / "deploy"
    units = [*sorted((deploy / "systemd").iterdir()), *sorted((deploy / "rolling").glob("*"))]
    for unit in units:
        installed = place / unit.name
        if not installed.exists():
            continue
        before, after = (file.read_text(encoding="utf-8") for file in (installed, unit))
        wanted |= {f"{name}@.service" for name in re.findall(r"^OnFailure=([^@\s]+)@", after, re.MULTILINE)}
        if before == after:
            continue
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), str(installed), str(unit), lineterm=""
        )
        say("\n".join(lines))
        if before in _released(home, unit.name):
            _put(unit, installed)
        else:
            edited.append(installed)
    for unit in units:
        if (place / unit.name).exists():
            continue
        if unit.name in wanted:
            _put(unit, place / unit.name)
            say(f"새로 둔 유닛: {unit.name}")
        else:
            say(f"쓰지 않는 유닛: {unit.name}")
    say("다음: systemctl daemon-reload")
    if edited:
        raise SystemExit(
            "오류: 고쳐 쓴 유닛이어서 바꾸지 않았습니다. 고친 것을 drop-in(systemctl edit UNIT)으로 옮긴 뒤\n"
            '  새 유닛을 cp로 덮어쓰시기 바랍니다(docs/operations.md, "Upgrade and the way back").\n  '
            + "\n  ".join(map(str, edited))
        )


def _released(home: Path, name: str) -> set[str]:
    """Return the texts of a unit in all releases that are still here."""
    return {unit.read_text(encoding="utf-8") for unit in home.glob(f"releases/*/deploy/*/{name}")}


def _put(unit: Path, installed: Path) -> None:
    draft = installed.with_name(f".{unit.name}.new")
    shutil.copyfile(unit, draft)
    os.replace(draft, installed)


def main() -> None:
    """Do what was asked."""
    wishes = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wishes.add_argument("--to", type=Path, default=Path("/opt/entry-log"), help="folder of all releases")
    wishes.add_argument("--verify", action="store_true", help="only verify the files of this archive")
    wishes.add_argument("--switch", metavar="NAME", help="use a release that is installed already")
    units = {"nargs": "?", "const": Path("/etc/systemd/system"), "type": Path, "metavar": "FOLDER"}
    wishes.add_argument("--units", **units, help="renew the installed units  [/etc/systemd/system]")
    wished = wishes.parse_args()
    home = wished.to.absolute()
    os.umask(0o022)  # the service's users read what root installs
    if wished.switch:
        switch(home, home / "releases" / wished.switch)
        return
    if wished.units:
        renew_units(home, wished.units)
        return
    say(f"확인한 파일: {verify(HERE)}개")
    if wished.verify:
        return
    refuse_other_machines()
    switch(home, install(HERE, home))
    say(f"다음: {home}/current/entry-log migrate   (docs/install.md)")


if __name__ == "__main__":
    main()
