"""An inbox with its store, whose clock tests move."""

from datetime import UTC, datetime, timedelta

from analytics.watch.inbox import Inbox
from analytics.watch.settings import Watched
from analytics.watch.store import PopulationStore


class Box:
    """An inbox with its store, and the seconds that pass."""

    def __init__(self, var, **rules):
        self.said: list[str] = []
        places = {name: var / name for name in ("inbox", "results", "extracts", "plans", "store")}
        self.watched = Watched(**places, units=var / "units.geojson", **rules)
        self.store = PopulationStore(self.watched.store)
        self.inbox = Inbox(self.watched, self.store, self.said.append)
        self.now = datetime(2020, 9, 1, tzinfo=UTC)
        self.folder = self.watched.inbox

    def look(self, seconds: float = 0.0) -> str:
        self.now += timedelta(seconds=seconds)
        return self.inbox.look(self.now)

    def settle(self, seconds: float = 2.0) -> None:
        """Let files be still for so long, and judge them all."""
        self.look()
        self.look(seconds)
        while self.look() == "worked":
            self.now += timedelta(milliseconds=1)

    def stored(self) -> list[str]:
        return sorted(path.name for path in self.store.paths())

    def refused(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "refused").iterdir())

    def reason(self, name: str) -> str:
        return (self.folder / "refused" / f"{name}.reason.txt").read_text(encoding="utf-8")
