"""What the builder knows about an earlier build: finished, interrupted, or somebody's real data that stay.

``var/demo/state.json`` is written before the first row and again after the last, and names the databases. Only
what a demo build made is ever removed: other databases that hold something belong to somebody, and the builder
refuses.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import MetaData, create_engine, inspect, make_url, text

from entry_service.settings import Settings
from entry_service.store.database.engine import HeldLock
from entry_service.store.database.migrate import is_current
from entry_service.vault.key_ring import KINDS

NOT_OURS = (
    "이 데이터베이스에는 모의 도시가 만들지 않은 기록이 있습니다. "
    "ENTRY_VAR(또는 ENTRY_LOG_URL, ENTRY_VAULT_URL)를 빈 곳으로 정해 주시기 바랍니다."
)


class DemoRefused(Exception):
    """The demo city cannot be built here; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The build that ``var`` holds; ``counts`` is filled when it is complete."""

    state: Literal["building", "complete"]
    seed: int
    scale: float
    days: int
    databases: list[str]  # addresses without passwords
    counts: dict[str, int] = field(default_factory=dict)


def folder(settings: Settings) -> Path:
    """Return the demo's own folder under var."""
    return settings.var / "demo"


def read_state(settings: Settings) -> State | None:
    """Return what the state file says, None where no build was ever begun on these databases."""
    file = folder(settings) / "state.json"
    if not file.exists():
        return None
    found = State(**json.loads(file.read_text(encoding="utf-8")))
    return found if found.databases == databases(settings) else None


def databases(settings: Settings) -> list[str]:
    """Return the addresses of log and vault as the state file keeps them."""
    return [make_url(address).render_as_string() for address in (settings.log_address, settings.vault_address)]


def write_state(settings: Settings, state: State) -> None:
    """Replace the state file in one step."""
    file = folder(settings) / "state.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), ensure_ascii=False), encoding="utf-8")
    os.replace(draft, file)


def assert_nobodys_data(settings: Settings) -> None:
    """Refuse to build over a log that no demo build began."""
    for address in (settings.log_address, settings.vault_address):
        if holds_rows(address):
            raise DemoRefused(NOT_OURS)


def holds_rows(address: str) -> bool:
    """Say whether the database has facilities or sealed records."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    engine = create_engine(url)
    with engine.connect() as db:
        tables = set(inspect(db).get_table_names()) & {"facilities", "records"}
        found = any(db.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() for name in sorted(tables))
    engine.dispose()
    return found


def is_whole(settings: Settings) -> bool:
    """Say whether the log of a finished build is still there in today's form."""
    return is_current(settings.log_address) and holds_rows(settings.log_address)


def wipe(settings: Settings) -> None:
    """Remove what a demo build made: both databases, its files, every extract and result, the keys of its days.

    Keys of the service stay. The days are built anew, so neither their keys nor the signs of their end may stay,
    and the audit begins anew: its second place would call the empty one rolled back.

    Raises ``LogInUse`` while a service has the log open.
    """
    for address in (settings.log_address, settings.vault_address):
        _empty(address)
    made_from_it = [settings.var / name for name in ("extract", "inbox", "population", "plans", "reports")]
    made_from_it.append(settings.results_dir / "demo")
    if settings.results_dir.parent == settings.var:  # results elsewhere may be of another log
        made_from_it.append(settings.results_dir)
    for store in (settings.vault_key_dir, settings.key_copy_dir):
        made_from_it += [store / kind for kind in KINDS]
    for path in (folder(settings), settings.audit_copy_dir, *made_from_it):
        shutil.rmtree(path, ignore_errors=True)


def _empty(address: str) -> None:
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        lock = HeldLock(path)
        for ending in ("", "-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        lock.close()
        return
    engine = create_engine(url)
    with engine.begin() as db:
        found = MetaData()
        found.reflect(db)
        found.drop_all(db)
    engine.dispose()
