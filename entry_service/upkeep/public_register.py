"""The register of everything that was ever published: read, judged beside the public result, and backed up.

``analytics hotspots --publish`` writes it beside the public folder; the service only ever puts a lost one back.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from entry_service.durable import sync_path

NAME, LINES, DAYS = "public-register", "register.jsonl", "days"


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that are what was written, the oldest first, and whether they are all that the file holds."""

    found: tuple[dict, ...] = ()
    whole: bool = True


class Standing(StrEnum):
    """How a register stands to the public result beside it."""

    NOTHING = "nothing"  # neither is there
    WHOLE = "whole"
    CHANGED = "changed"  # a line is not the one that was written
    BEHIND = "behind"  # the result is of a later state: the register is missing, or older
    OTHER = "other"  # the result is of another register


def register_folder(public: Path) -> Path:
    """Return where the register of a public folder lies."""
    return public.with_name(NAME)


def read_lines(file: Path) -> Lines:
    """Return the lines of a ``register.jsonl``, each with the SHA-256 of the one before."""
    found, last = [], ""
    for number, raw in enumerate(file.read_bytes().splitlines(keepends=True) if file.is_file() else (), start=1):
        if not raw.endswith(b"\n"):
            break  # being written, or torn; a publication that rests on it is missed by ``standing``
        try:
            line = json.loads(raw)
            if line["number"] != number or line["before"] != last:
                return Lines(tuple(found), False)
        except (ValueError, KeyError, TypeError):
            return Lines(tuple(found), False)
        found.append(line)
        last = hashlib.sha256(raw).hexdigest()
    return Lines(tuple(found))


def standing(lines: Sequence[Mapping], whole: bool, told: Mapping | None, hashes: Mapping[str, str]) -> Standing:
    """Judge a register beside the public result.

    Parameters
    ----------
    lines, whole : see ``Lines``
    told, hashes : the result's ``public.json``, and the begin of each file's SHA-256, by name; None: there is none
    """
    if not whole:
        return Standing.CHANGED
    if told is None:
        return Standing.WHOLE if lines else Standing.NOTHING
    number = told.get("number", 1)
    if not 0 < number <= len(lines):
        return Standing.BEHIND
    line = lines[number - 1]
    files = {name: str(one["hash"]).removeprefix("sha256:") for name, one in line["files"].items()}
    same = files.keys() == hashes.keys() and all(files[name].startswith(hashes[name]) for name in files)
    return Standing.WHOLE if same and told.get("before", line["before"]) == line["before"] else Standing.OTHER


def look(public: Path) -> Standing:
    """Judge the register beside a public folder as it lies there; what is no public result is none."""
    lines = read_lines(register_folder(public) / LINES)
    try:
        told = json.loads((public / "public.json").read_bytes())
        package = json.loads((public / "datapackage.json").read_bytes())
        hashes = {one["path"]: one["hash"].removeprefix("sha256:") for one in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        told, hashes = None, {}
    return standing(lines.found, lines.whole, told, hashes)


def copy_register(folder: Path, to: Path) -> dict[str, str]:
    """Copy what is registered into a folder while the analytics go on; return the SHA-256 of each file.

    Lines first: the days of a line were written before it. A line that is being written is left out.
    """
    if not (folder / LINES).is_file():
        return {}
    raw = (folder / LINES).read_bytes()
    files = {LINES: raw[: raw.rfind(b"\n") + 1]}
    for file in sorted((folder / DAYS).glob("*.json")):
        files[f"{DAYS}/{file.name}"] = file.read_bytes()
    for name, content in files.items():
        (to / NAME / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (to / NAME / name).write_bytes(content)
        sync_path(to / NAME / name)
    sync_path(to / NAME)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def put_register_back(copied: Path, public: Path) -> bool:
    """Put a copy where the register is missing or shorter, and say so; one that goes on otherwise stays."""
    folder = register_folder(public)
    there = (folder / LINES).read_bytes() if (folder / LINES).is_file() else b""
    ours = (copied / LINES).read_bytes()
    if len(there) >= len(ours) or not ours.startswith(there):
        return False
    (folder / DAYS).mkdir(mode=0o755, parents=True, exist_ok=True)
    for file in sorted((copied / DAYS).glob("*.json")):
        _put(file, folder / DAYS / file.name)
    sync_path(folder / DAYS)
    _put(copied / LINES, folder / LINES)
    sync_path(folder)
    sync_path(folder.parent)
    return True


def _put(file: Path, to: Path) -> None:
    draft = to.with_name(f".{to.name}.new")
    shutil.copyfile(file, draft)
    sync_path(draft)
    os.replace(draft, to)
