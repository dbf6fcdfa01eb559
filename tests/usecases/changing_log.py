"""A log of two weeks in which things keep happening, drawn by a seed: for tests of what an extract takes over."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

from entry_service.core.closings import Closing
from entry_service.core.dwell import Learned
from entry_service.core.flood import Spell
from entry_service.core.model import Contact, Scan
from entry_service.core.times import day_start, kst_day
from entry_service.store.log import closings, doubts, learned_dwell, quarantines, voids
from entry_service.store.sites import facilities, posters
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, SmallLog, at, pid

FIRST, LAST = date(2020, 8, 11), date(2020, 8, 24)
START, END = day_start(FIRST), day_start(LAST + timedelta(days=1))
NOW = at("25 09:00")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Story:
    """A log in which things keep happening; what happens is drawn."""

    def __init__(self, log: SmallLog, seed: int) -> None:
        self.log, self.draw = log, random.Random(seed)
        self.now, self.passes, self.scanned, self.ways, self.cases, self.extra = NOW, [], [], [], 0, 0

    def begin(self) -> None:
        for day in range((LAST - FIRST).days + 2):
            for _ in range(6):
                self.visit(START + day * DAY, received=None)

    def visit(self, day: datetime, received: datetime | None) -> None:
        """Let a pass of the day be read a few times, until after midnight, here and there."""
        who = len(self.passes) + 1
        self.passes.append((kst_day(day), who))
        minute = self.draw.randrange(24 * 60)
        for turn in range(self.draw.randrange(1, 6)):
            when = day + minute * MINUTE
            if when >= min(NOW, day + 2 * DAY):
                break
            facility_id = self.draw.choice([LIBRARY, KARAOKE, BANK])
            one = Scan(
                scan_id=f"scan-{who}-{turn}",
                facility_id=facility_id,
                pid=pid(who),
                direction=self.draw.choice(["in", "in", "out"]),
                source=self.draw.choice(["staff_scan", "poster"]),
                confidence="high",
                scanned_at=when,
                received_at=received or when,
                party_size=self.draw.randrange(1, 4),
                flags=tuple(self.draw.sample(["unverified", "clock_skew"], self.draw.randrange(2))),
                zone=self.draw.choice(["", "a", "b"]),
            )
            self.log.append([one])
            self.scanned.append(one)
            minute += self.draw.choice([1, 30, 200, 700])
        contact = Contact(name="방문자", phone=f"+8210{self.draw.randrange(30):08}")
        self.log.services.vault.deposit(kst_day(day), pid(who), contact)

    def happen(self) -> None:
        """Let one thing happen, each kind once before any comes again."""
        self.now += 10 * MINUTE
        if not self.ways:
            ways = [self.late, self.void, self.case, self.place, self.close, self.flood, self.forget]
            self.ways = [*ways, self.leave, self.join, self.dwell, self.decide]
            self.draw.shuffle(self.ways)
        self.ways.pop()()

    def late(self) -> None:
        self.visit(START + self.draw.randrange((LAST - FIRST).days + 1) * DAY, received=self.now)

    def void(self) -> None:
        one = self.draw.choice(self.scanned).scan_id
        made = {"voided_at": self.now, "voided_by": "d-1", "reason": "mistake"}
        self.log.services.store.write(lambda db: voids.add(db, one, **made))

    def decide(self) -> None:
        decision = self.draw.choice(["void", "void", "counts"])
        one = self.draw.choice(self.scanned)
        made = {"decided_by": "A-officer", "now": self.now, "entries": {}, "up_to": 1_000_000}
        read = [(one.scan_id, one.scanned_at)]
        self.log.services.store.write(lambda db: doubts.decide(db, read, decision, "made_up", **made))

    def case(self) -> None:
        _day, who = self.draw.choice(self.passes)
        self._register(passes=[pid(who)], places=[])

    def place(self) -> None:
        day = FIRST + self.draw.randrange(12) * DAY
        self._register(passes=[], places=[PlaceTold.on(self.draw.choice([LIBRARY, BANK]), day)])

    def _register(self, **told: object) -> None:
        self.cases += 1
        facts = {"number": str(self.cases), "onset": date(2020, 8, 16), "specimen_date": None, "now": self.now}
        register_case(self.log.services, **facts, **told)

    def close(self) -> None:
        when = START + self.draw.randrange(14 * 24) * timedelta(hours=1)
        made = {"facility_id": self.draw.choice([LIBRARY, BANK]), "zone": "", "closed_by": "d-1"}
        one = Closing(closing_id=f"c-{self.now}", closed_at=when, received_at=self.now, **made)
        self.log.services.store.write(lambda db: closings.add(db, one))

    def flood(self) -> None:
        when = START + self.draw.randrange(14 * 24) * timedelta(hours=1)
        spell = Spell(when, when + timedelta(hours=self.draw.randrange(1, 12)), self.draw.choice(["", "voided"]))
        self.log.services.store.write(lambda db: quarantines.begin(db, KARAOKE, spell))

    def forget(self) -> None:
        day, who = self.draw.choice(self.passes)
        self.log.services.vault.forget(day, pid(who))

    def leave(self) -> None:
        when = START + self.draw.randrange(14 * 24) * timedelta(hours=1)
        self.log.services.store.write(lambda db: posters.retire(db, BANK, when))

    def join(self) -> None:
        self.extra += 1
        one = replace(
            PLACES[0], facility_id=f"PV-9{self.extra:02}", name="새 시설", opens=self.draw.randrange(6, 12)
        )
        self.log.services.store.write(lambda db: facilities.add(db, one))

    def dwell(self) -> None:
        minutes = self.draw.choice([40.0, 55.5])
        learned = {self.draw.choice(["library", "karaoke"]): Learned(minutes, 100)}
        self.log.services.store.write(lambda db: learned_dwell.add(db, learned, self.now))
