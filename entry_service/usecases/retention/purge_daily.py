"""The thread beside the service that destroys what is due: it looks every hour, so that a day goes on time."""

import logging
from collections.abc import Callable

from entry_service.beside import Beside
from entry_service.core.errors import EntryError
from entry_service.core.retention import Reading
from entry_service.services import Services
from entry_service.store.database import reserve

from .purge import Purged, PurgeRunning, purge

LOOK_EVERY = 3600  # seconds
TOLD = ("reason", "key", "why")
log = logging.getLogger("entry_service.purge")


class DailyPurge(Beside):
    """Destroys at the start, and then whatever is due each hour. What stops it is told in the log, by its code.

    It ends at the next stage of a day, and the next start goes on from there.
    """

    def __init__(self, services: Services, reading: Callable[[], Reading]) -> None:
        """Begin."""
        self._services, self._reading = services, reading
        super().__init__("purge", LOOK_EVERY)

    def _look(self) -> None:
        try:
            done = self._purge()
        except (PurgeRunning, _Ended):
            return
        except EntryError as refusal:
            told = {name: refusal.facts[name] for name in TOLD if name in refusal.facts}
            log.warning("destruction stopped", extra={"facts": {"code": refusal.code, **told}})
            return
        except Exception as fault:  # the doors go on, and the next hour tries again
            log.error("destruction stopped", extra={"facts": {"kind": type(fault).__name__}})
            return
        if done.days:
            log.info("days destroyed", extra={"facts": {"days": len(done.days)}})
            for name in done.unreadable:
                log.warning("folder does not say what it covers", extra={"facts": {"folder": name}})
        for name in done.backups:
            log.warning("backup could not be removed", extra={"facts": {"backup": name}})
        if done.missing:
            log.error("audit does not know the end", extra={"facts": {"missing": done.missing}})
        if done.belief.clock != "believed":
            log.warning("clock not believed", extra={"facts": {"clock": done.belief.clock}})

    def _purge(self) -> Purged:
        """Destroy; where the disk is too full to note it, with the room that is kept for that."""
        try:
            return purge(self._services, self._reading(), watch=self._watch)
        except (EntryError, OSError) as refusal:
            folder = self._services.settings.var
            if not (reserve.says_full(refusal) and reserve.release(folder, reserve.DESTRUCTION)):
                raise
        return purge(self._services, self._reading(), watch=self._watch)

    def _watch(self, day: object, stage: str) -> None:
        if self._ended.is_set():
            raise _Ended


class _Ended(BaseException):
    """The service stops."""
