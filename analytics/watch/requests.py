"""`request.json`: what somebody asks for. It is taken once, by renaming it; what is wrong with it is told.

`refresh.json` is the same, of nobody: it waits until nobody asks, and is dropped where somebody's run knows more.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..refusals import InputRefused
from .files import read_json

REQUEST, REFRESH, TAKEN = "request.json", "refresh.json", ".request-taken.json"


@dataclass(frozen=True, kw_only=True)
class Request:
    """`before`: the share of the work that was done by whoever asks, before it was asked for (0 to 1)."""

    id: str
    kind: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    before: float = 0.0
    file: str = REQUEST


def waiting_request(results: Path) -> Request | None:
    """Return what is asked for; None where nothing is. A file that is none is refused, and moved out of the way.

    Raises
    ------
    InputRefused
        The file cannot be read, or lacks a field.
    """
    path = next((results / name for name in (REQUEST, REFRESH) if (results / name).exists()), None)
    if path is None:
        return None
    said = read_json(path)
    try:
        if said is None:
            raise InputRefused("is not a request", file=path.name)
        for name in ("id", "kind"):
            if not isinstance(said.get(name), str) or not said[name]:
                raise InputRefused("is missing, or no text", file=path.name, field=name)
        parameters, before = said.get("parameters", {}), said.get("before", 0.0)
        if not isinstance(parameters, dict):
            raise InputRefused("is no object", file=path.name, field="parameters")
        if not isinstance(before, int | float) or not 0 <= before < 1:
            raise InputRefused("must be at least 0 and below 1", file=path.name, field="before")
    except InputRefused:
        os.replace(path, results / f"{TAKEN}.refused")
        raise
    return Request(id=said["id"], kind=said["kind"], parameters=parameters, before=float(before), file=path.name)


def take(results: Path, request: Request) -> None:
    """Take the request: from here on nobody takes it again, also not after a kill."""
    os.replace(results / request.file, results / TAKEN)
    if request.kind == "hotspots":  # a refresh that waits has an older extract
        (results / REFRESH).unlink(missing_ok=True)


def finish(results: Path) -> None:
    """Let go of a request that was worked on to its end, good or bad."""
    (results / TAKEN).unlink(missing_ok=True)
