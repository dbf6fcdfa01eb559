"""Invented personal data in every field, day after day, hunted everywhere while days are destroyed one by one.

Every day one person comes in every way there is, well and wrongly; every fourth day the authority follows a case
to the contact list, its exports and its end. Every night what is due is destroyed, and a backup is kept each week.
Then no one comes any more, until the last day is destroyed. Looked into: every log line at DEBUG, address, header,
cookie and answer; every file of the service (both databases with their journals, keys, the audit's second place,
extracts, results); every row; every backup. ``python benchmarks/canary_hunt.py [--days 28] [--postgresql]``
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select

from entry_service import passwords
from entry_service.core.model import Contact
from entry_service.vault.tables import records
from entry_service.vault.vault import Vault
from tests import hunting, officials
from tests.databases import Databases
from tests.story import Story, begun
from tests.web.conftest import PASSWORD
from tests.whose import leak_of_file, leak_of_row, leaks_of

RETENTION = 28  # days
OFFICE_EVERY, BACKUP_EVERY = 4, 7  # days
NIGHT = timedelta(hours=6, minutes=30)  # from the evening's last act to 00:30 and later
Pass = tuple[date, bytes]


@dataclass
class Hunt:
    """What was searched, and what was found: hits by where and kind."""

    searched: Counter[str] = field(default_factory=Counter)
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, where: str, name: str, kinds: set[str]) -> None:
        """Count a place, and what was found in it."""
        self.searched[where] += 1
        for kind in kinds:
            self.hits[where, f"{kind} in {name}"] += 1

    def through(self, story: Story, *backups: Path) -> None:
        """Search everything as it is now; lines and answers are searched once."""
        net, recorder = story.net, story.recorder
        for line in recorder.lines:
            self.note("lines", line.split(" ")[0], net.found(line))
        for line in recorder.addresses:
            self.note("addresses", "an address", net.found(line))
        for answer in recorder.answers:
            self.note("answers", answer.path, set())
            for part, kinds in leaks_of(answer, net):
                self.note("answers", f"{part} of {answer.path}", kinds)
        for kept in (recorder.lines, recorder.addresses, recorder.answers):
            kept.clear()
        for place in hunting.files_in(story.settings.var, *backups):
            self.note("files", place[0], leak_of_file(place, net))
        for place in hunting.rows_of(story.settings):
            self.note("rows", place[0], leak_of_row(place, net))


def main() -> None:
    """Live, destroy, hunt; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        url = ""
        if arguments.postgresql:
            databases = Databases(folder)
            ending.callback(databases.close)
            url = databases.pair("postgresql")[0]
        options = {"daily_cap": 2, "lookup_budget": 4}
        hashed = passwords.hash_password(PASSWORD)
        story = ending.enter_context(begun(folder / "service", hashed, url=url, **options))
        live(story, arguments.days, folder, say=lambda text: print(text, file=sys.__stdout__, flush=True))
    print(f"{time.monotonic() - started:.0f} s")


def live(story: Story, days: int, folder: Path, say) -> None:
    """Let so many days pass, then as many as it takes until the last is destroyed."""
    hunt, backups, left = Hunt(), [], 0
    destroyed = cases = 0
    readable: dict[Path, tuple[int, int]] = {}
    story.believe_the_clock()
    for turn in range(days + RETENTION):
        if turn < days:
            phone = story.at_the_doors(turn)
            if turn % OFFICE_EVERY == 0:
                story.at_the_office(phone, turn)
                officials.every_page(story.office, story.services)
                story.break_everything()
                story.write_extract(story.settings.var / "extract" / f"day-{turn}")
            if turn % BACKUP_EVERY == 0 and not story.settings.log_url:
                [_, vault] = hunting.back_up(story.settings, folder / f"backup-{turn}")
                backups.append(folder / f"backup-{turn}")
                readable[vault] = opened_from(story, vault)
        story.clock.now = story.clock.now.replace(hour=9, minute=0) + NIGHT
        before = sealed(story)
        done = story.purge()
        gone = before - sealed(story)
        if not story.settings.log_url:
            left += len(hunting.still_there(gone, hunting.files_in(story.settings.var)))
        destroyed, cases = destroyed + len(done.days), cases + done.case_files
        hunt.through(story, *(backups if turn % BACKUP_EVERY == 0 else []))
        story.clock.now = story.clock.now.replace(hour=9, minute=0) + timedelta(days=1)
    lines = story.lines()
    for line in lines:
        hunt.note("lines", "of the vault's process", story.net.found(line))
    report(say, hunt)
    say(f"destroyed: {destroyed} days, {cases} case files; sealed records still in a file or journal: {left}")
    if readable:
        records_then = sum(total for _, total in readable.values())
        readable_then = sum(opened for opened, _ in readable.values())
        readable_now = sum(opened_from(story, path)[0] for path in readable)
        say(
            f"{len(readable)} old backups with {records_then} records: readable on their day {readable_then}, "
            f"readable now {readable_now}"
        )
    say(f"contacts left in the vault: {len(sealed(story))}")


def report(say, hunt: Hunt) -> None:
    """Print the hits, each with its place and kind, and how much was searched."""
    for (where, what), many in sorted(hunt.hits.items()):
        say(f"hit: {where}: {what}, {many} times")
    searched = ", ".join(f"{many} {where}" for where, many in sorted(hunt.searched.items()))
    say(f"hits outside the vault: {hunt.hits.total()} of {searched}")


def sealed(story: Story) -> set[bytes]:
    """Return every sealed record that the vault holds."""
    return set(hunting.sealed_in(story.settings)["records.sealed"])


def opened_from(story: Story, backup: Path) -> tuple[int, int]:
    """Return how many contacts of a backed-up vault open with the keys as they are now, of how many."""
    settings = story.settings
    store = hunting.open_store(f"sqlite:///{backup}", writer=False)
    with store.read() as db:
        passes: list[Pass] = [(row.day, row.pid) for row in db.execute(select(records.c.day, records.c.pid))]
    vault = story.services.vault
    own, vault.store = vault.store, store
    try:
        opened = Vault.open_contacts(vault, passes)
    finally:
        vault.store = own
        store.close()
    assert settings.var.exists()
    return sum(isinstance(one, Contact) for one in opened), len(passes)


if __name__ == "__main__":
    main()
