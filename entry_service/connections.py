"""How many processes the PostgreSQL behind log and vault has connections for: asked before the service starts."""

from collections import Counter
from dataclasses import dataclass

from entry_service.serve import worker_count
from entry_service.settings import Settings, SettingsRefused
from entry_service.store.database.connections import allowance
from entry_service.store.database.engine import CONNECTIONS
from entry_service.vault.connections import vault_allowance

RESERVE = 10  # for commands beside the service, backups, a vault of its own, and people who look


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one server allows us: connections in all, and how many one process takes of them."""

    allowed: int
    a_process: int

    @property
    def processes(self) -> int:
        """Return how many processes fit."""
        return max(self.allowed, 0) // self.a_process


def fitting_workers(settings: Settings) -> int:
    """Return how many processes answer: what was set, or as many as cores and connections allow.

    Raises ``SettingsRefused`` where what was set, or a single process, needs more connections than there are.
    """
    wanted = worker_count(settings)
    narrowest = min(rooms(settings), key=lambda room: room.processes, default=None)
    if narrowest is None or wanted <= narrowest.processes:
        return wanted
    if settings.workers == 0 and narrowest.processes > 0:
        return narrowest.processes
    needed = wanted * narrowest.a_process
    raise SettingsRefused(
        f"PostgreSQL의 접속 수가 모자랍니다. 프로세스 {wanted}개에 접속 {needed}개가 필요하고, "
        f"허용은 예비 {RESERVE}개를 빼고 {narrowest.allowed}개입니다. "
        f"ENTRY_WORKERS를 {narrowest.processes} 이하로 하시거나 "
        f"max_connections를 늘리시기 바랍니다.\nPostgreSQL has too few connections: {wanted} processes need "
        f"{needed}, {narrowest.allowed} are allowed besides a reserve of {RESERVE}. Set ENTRY_WORKERS to "
        f"{narrowest.processes} at the most, or raise max_connections."
    )


def rooms(settings: Settings) -> list[Room]:
    """Return the room on each PostgreSQL server that a process opens; log and vault may share one."""
    asked = [allowance(settings.log_address)]
    if not settings.vault_socket:
        asked.append(vault_allowance(settings.vault_address))
    known = [one for one in asked if one is not None]
    opened = Counter(one.server for one in known)
    least = {one.server: min(each.connections for each in known if each.server == one.server) for one in known}
    return [Room(allowed=least[server] - RESERVE, a_process=many * CONNECTIONS) for server, many in opened.items()]
