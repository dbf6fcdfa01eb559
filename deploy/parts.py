"""The parts of the archive with version, licence and SHA-256: a bill of materials in the form CycloneDX 1.6.

Specification: https://cyclonedx.org/docs/1.6/json/. A part is a wheel, a package of browser files, a font, or one
our own files.
"""

import email
import hashlib
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

Part = dict[str, Any]  # a component as the specification writes it
SHORT = 60  # characters; a longer licence field holds the whole text of one


def wheel_part(path: Path) -> Part:
    """Return what a wheel says of itself."""
    with zipfile.ZipFile(path) as wheel:
        found = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        said = email.message_from_string(wheel.read(found).decode(errors="replace"))
    kinds = [str(one).rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if "License ::" in str(one)]
    written = str(said["License"] or "").strip()
    short = written if written and len(written) <= SHORT and "\n" not in written else ""
    licence = str(said["License-Expression"] or "") or short or " AND ".join(kinds)
    name, version = str(said["Name"]).lower().replace("_", "-"), str(said["Version"])
    return part(name, version, licence, [path], f"pkg:pypi/{name}@{version}")


def browser_parts(modules: Path, fonts: Path) -> list[Part]:
    """Return the packages below a folder and their fonts; ``fonts`` holds these in the form WOFF 1.0 too."""
    made = []
    for description in sorted(modules.rglob("package.json")):
        said, files = json.loads(description.read_text()), sorted(description.parent.rglob("*"))
        files = [file for file in files if file.is_file() and file.suffix != ".woff2"]
        address = f"pkg:npm/{said['name'].replace('@', '%40')}@{said['version']}"
        made.append(part(said["name"], said["version"], said["license"], files, address))
    return made + [
        font_part(path, fonts / path.with_suffix(".woff").name) for path in sorted(modules.rglob("*.woff2"))
    ]


def font_part(path: Path, described: Path) -> Part:
    """Return what a font says of itself, read from the same font in the older form, which needs no decoder."""
    names = TTFont(described)["name"]
    version = (names.getDebugName(5) or "").removeprefix("Version ")
    licence = "OFL-1.1" if "SIL Open Font License, Version 1.1" in (names.getDebugName(13) or "") else ""
    return part(path.stem, version, licence, [path], "")


def part(name: str, version: str, licence: str, files: Iterable[Path], address: str) -> Part:
    """Return a component; several files have one hash, of the lines ``hash  name`` of each, sorted.

    Raises ``SystemExit`` where a part does not say its version or its licence: nobody may install what is unknown.
    """
    if not (version and licence):
        raise SystemExit(f"dist: {name} {version} does not say {'its licence' if version else 'its version'}")
    files = sorted(files)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    lines = "".join(f"{digest}  {file.name}\n" for digest, file in zip(digests, files, strict=True))
    whole = digests[0] if len(files) == 1 else hashlib.sha256(lines.encode()).hexdigest()
    named = {"purl": address} if address else {}
    made = {
        "type": "library",
        "name": name,
        "version": version,
        **named,
        "licenses": [{"license": {"name": licence}}],
    }
    made["hashes"] = [{"alg": "SHA-256", "content": whole}]
    return {**made, "properties": [{"name": "file", "value": file.name} for file in files]}


def bill(version: str, date: datetime, app: Path, parts: list[Part]) -> dict[str, Any]:
    """Return the whole bill of materials; our own files stand in it one by one."""
    own = sorted(path for path in app.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    files = [
        {
            "type": "file",
            "name": path.relative_to(app).as_posix(),
            "version": version,
            "licenses": [{"license": {"name": "NOASSERTION"}}],
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
        }
        for path in own
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": date.isoformat(),
            "component": {"type": "application", "name": "gunpo-entry-log", "version": version},
        },
        "components": [*parts, *files],
    }
