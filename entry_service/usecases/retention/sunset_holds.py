"""Which end of collection holds: by the audit, the log, and a file beside the keys, which no backup holds.

The strictest of the three holds: a backup of one that is put back undoes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from entry_service.core.sunset import NOTICE
from entry_service.durable import sync_open, sync_path
from entry_service.services import Services
from entry_service.store.retention import sunset
from entry_service.store.retention.sunset import Ending
from entry_service.vault.sunset import Decree, standing

MARKER = "sunset.json"  # in the folder of keys


def align(services: Services) -> Ending | None:
    """Let log and file say what was decided, the strictest of the three; return the end that holds."""
    decrees = services.vault.sunset.decrees()
    with services.store.read() as db:
        kept = sunset.find(db)
    told = _decided(decrees)
    noted = _read_marker(_marker(services))
    if kept is not None and kept.proof:
        holds: Ending | None = kept  # nothing takes back what was proved
    elif standing(decrees) == "cancel" and decrees[-1].at >= max(
        (one.ends_at - NOTICE for one in (kept, noted) if one is not None), default=decrees[-1].at
    ):
        holds = None
    else:
        known = [one for one in (told, kept, noted) if one is not None]
        holds = (
            Ending(
                ends_at=min(one.ends_at for one in known),
                early=any(one.early for one in known),
                proof=kept.proof if kept else "",
            )
            if known
            else None
        )
    if holds != kept:
        services.store.write(lambda db: sunset.keep(db, holds) if holds else sunset.drop(db))
        services.forget_facilities()
    _write_marker(_marker(services), holds)
    return holds


def missing_decree(services: Services, ending: Ending | None) -> str:
    """Return the decision that log and file know of and the vault's audit does not; empty where they agree.

    That is so after a backup of the vault from before the decision is put back. It still holds at every door, and
    what is due or dead goes; keys of other days go early again only once two people have decided again.
    """
    stands = standing(services.vault.sunset.decrees())
    if ending is None or stands == "destroy_now":
        return ""
    if stands != "end":
        return "end"
    return "destroy_now" if ending.early else ""


def _decided(decrees: Sequence[Decree]) -> Ending | None:
    """Return the end that the audit knows: from the last ``end`` on, early where that was decided after it."""
    if standing(list(decrees)) in ("", "cancel"):
        return None
    last = max(place for place, one in enumerate(decrees) if one.what == "end")
    return Ending(ends_at=decrees[last].at + NOTICE, early=decrees[-1].what == "destroy_now")


def _marker(services: Services) -> Path:
    return services.settings.key_dir / MARKER


def _read_marker(path: Path) -> Ending | None:
    try:
        said = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return Ending(ends_at=datetime.fromisoformat(said["ends_at"]), early=said["early"])


def _write_marker(path: Path, holds: Ending | None) -> None:
    if holds is None:
        path.unlink(missing_ok=True)
    elif _read_marker(path) != replace(holds, proof=""):
        said = {"ends_at": holds.ends_at.isoformat(), "early": holds.early}
        draft = path.with_suffix(".new")
        with draft.open("w") as file:
            json.dump(said, file)
            sync_open(file)
        draft.replace(path)
        sync_path(path.parent)
