"""Doors that scanned for hours without a service, and come back with their queues: for benchmarks/outage.py."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from uuid import UUID

from benchmarks.door_load import REQUEST_SECONDS, SLOT, SLOTS_SINCE_ISSUE
from entry_service.core.passes import IssuerKey, PassHeader, SignedPass, chain, code_text, sign_pass
from entry_service.core.times import day_number, day_start, kst_day

EVERY = timedelta(seconds=20)  # a scan at each door
STAY = 61  # scans at a door until a visitor leaves by it: some twenty minutes
BATCH = 200
LOST_ANSWERS = 0.1  # of the batches: taken by the service, and the answer never arrives
OVERLAP = 4  # a lost batch begins again a quarter of a batch earlier
DAY = timedelta(days=1)


@dataclass
class Visitor:
    """A pass that was opened an hour before its visitor came."""

    signed: SignedPass
    elements: list[bytes]

    @classmethod
    def coming(cls, issuer: IssuerKey, pid: bytes, at: datetime, stay: timedelta) -> "Visitor":
        """Return a visitor who comes at the moment and leaves after the stay."""
        start = day_start(kst_day(at))
        first = max(int((at - start).total_seconds()) // SLOT - SLOTS_SINCE_ISSUE, 0)
        last = min(int((at + stay - start).total_seconds()) // SLOT, int(DAY.total_seconds()) // SLOT - 1)
        elements = chain(pid * 2, last - first + 1)
        header = PassHeader(issuer.kid, day_number(kst_day(at)), pid, first, last - first + 1, SLOT)
        return cls(SignedPass(header, elements[0], sign_pass(header, elements[0], issuer)), elements)

    def code(self, at: datetime) -> str:
        """Return what the phone shows at the moment."""
        i = (at - self.signed.header.slot_start(1)) // timedelta(seconds=SLOT) + 1
        return code_text(self.signed, i, self.elements[i])


def queue_of(issuer: IssuerKey, door: int, scans: int, until: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield (scan_id, item) of everything a door read, every 20 s up to the moment; half of it are ways out."""
    staying: dict[int, Visitor] = {}
    for tick in range(scans):
        at = until - (scans - tick) * EVERY + timedelta(seconds=door % 20)
        leaving = staying.pop(tick - STAY, None)
        out = leaving is not None and kst_day(at) == kst_day(at - STAY * EVERY)
        visitor = leaving if out else Visitor.coming(issuer, _pid(door, tick), at, STAY * EVERY)
        if not tick % 2:
            staying[tick] = visitor
        scan_id = str(UUID(int=(1 << 100) + (door << 40) + tick))
        item = {
            "kind": "scan",
            "scan_id": scan_id,
            "text": visitor.code(at),
            "direction": "out" if out else "in",
            "scanned_at": at.isoformat(),
        }
        yield scan_id, json.dumps(item).encode()


def _pid(door: int, tick: int) -> bytes:
    return ((1 << 62) + (door << 32) + tick).to_bytes(8, "big")


@dataclass
class Door:
    """One device: its token, its queue in order, and what came of it."""

    port: int
    token: str
    queue: list[tuple[str, bytes]]
    random: random.Random
    batch: int = BATCH
    answers: dict[str, str] = field(default_factory=dict)
    batches: int = 0
    lost: int = 0
    turned_away: int = 0
    done_at: float = 0.0
    _link: HTTPConnection | None = None

    def drain(self, jitter: float) -> None:
        """Come back within ``jitter`` seconds and send until everything is answered."""
        time.sleep(self.random.uniform(0, jitter))
        at = 0
        while at < len(self.queue):
            part = self.queue[at : at + self.batch]
            status, body, wait = self._post(b'{"v":1,"items":[' + b",".join(item for _, item in part) + b"]}")
            if status != 200:
                self.turned_away += 1
                time.sleep(wait * self.random.uniform(0.5, 1.5))
                continue
            self.batches += 1
            if self.random.random() < LOST_ANSWERS:
                self.lost += 1
                at = max(
                    at - self.batch // OVERLAP, 0
                )  # the page knows nothing of it, and sends what it has in other batches
                continue
            for (scan_id, _), result in zip(part, json.loads(body)["results"], strict=True):
                assert result["id"] == scan_id
                self.answers[scan_id] = result.get("outcome", result.get("code"))
            at += len(part)
        self.done_at = time.monotonic()
        self._hang_up()

    def _post(self, body: bytes) -> tuple[int, bytes, float]:
        """Send a batch; return status, answer, and after how many seconds to come back."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            if self._link is None:
                self._link = HTTPConnection("127.0.0.1", self.port, timeout=3 * REQUEST_SECONDS)
            self._link.request("POST", "/api/v1/sync", body, headers)
            answer = self._link.getresponse()
            return answer.status, answer.read(), float(answer.headers.get("Retry-After", 1))
        except (OSError, HTTPException):
            self._hang_up()
            return 0, b"", 1.0

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
