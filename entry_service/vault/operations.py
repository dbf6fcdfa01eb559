"""What a vault in a process of its own does for the web side: a closed table, and nothing besides.

An operation is an attribute path below the vault, the reason why it is open, and what may be done when no answer
came. Whatever hands out a key, a connection or a contact without its audit row is not in the table. Those methods
are in ``INTERNAL``, so that a new public method is decided upon and not merely forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

QUICK, LONG = 5.0, 60.0  # seconds to wait for an answer

# attribute path below the vault → its class; imported when first asked for
ROOMS: Mapping[str, str] = {
    "": "vault:Vault",
    "cards": "cards:Cards",
    "verification": "verification:Verification",
    "factors": "factors:Factors",
    "searches": "searches:Searches",
    "disclosures": "disclosures:Disclosures",
    "case_files": "case_files:CaseFiles",
    "audit": "audit:Audit",
    "subjects": "subjects:Subjects",
    "sunset": "sunset:Sunset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the web side may ask for.

    ``repeatable``: doing it again does no harm and gives the same answer, so it is asked once more where the
    connection broke before an answer came. ``seconds``: how long an answer is waited for. ``may_lag``: its ``now``
    may lie behind the vault's own clock, but never ahead. ``due_day``: its ``day`` must be past retention by the
    vault's own clock. ``destroys``: where the vault's disk is full it gets the room that is kept for destruction.
    """

    name: str
    why: str
    repeatable: bool = False
    seconds: float = QUICK
    may_lag: bool = False
    due_day: bool = False
    destroys: bool = False

    @property
    def room(self) -> str:
        """Return the attribute path of the object that has the method; empty for the vault itself."""
        return self.name.rpartition(".")[0]

    @property
    def method(self) -> str:
        """Return the method's name."""
        return self.name.rpartition(".")[2]


def _row(name: str, why: str, **facts: Any) -> Operation:
    return Operation(name=name, why=why, **facts)


TABLE: tuple[Operation, ...] = (
    _row("public_key", "browsers and doors seal contacts to the day's public key", repeatable=True),
    _row("deposit", "every door leaves a contact; the first record of a pass stays", repeatable=True),
    _row("group", "the extract counts a person of one day once", repeatable=True, seconds=LONG),
    _row("placed", "tracing asks on which day a pass of just after midnight lies", repeatable=True, seconds=LONG),
    _row("cards.issue", "staff print a card for a visitor without a phone"),
    _row("cards.present", "a door reads a card; its pass of the day stays the same", repeatable=True),
    _row("cards.revoke", "a card was reported lost", repeatable=True),
    _row("cards.all", "a facility sees the numbers of its cards, never whose", repeatable=True),
    _row("verification.begin", "a visitor asks for a one-time code"),
    _row("verification.confirm", "a visitor types the code; each try counts"),
    _row("verification.holds", "a door reads a certificate of a verified phone", repeatable=True),
    _row("verification.messages", "the simulator's page of a demonstration", repeatable=True),
    _row("factors.state", "the sign-in asks whether an account has a second factor", repeatable=True),
    _row("factors.begin", "a new account gets its secret, shown once"),
    _row("factors.confirm", "and proves that it has it"),
    _row("factors.verify", "the second step of a sign-in; a code works once"),
    _row("factors.reset", "an administrator takes back a lost factor", repeatable=True),
    _row("factors.recovery_left", "an account is told how many recovery codes it has left", repeatable=True),
    _row("disclosures.ask", "an officer asks, with a fresh code that the vault checks", seconds=LONG),
    _row("disclosures.decide", "another account approves or returns, with a fresh code of its own"),
    _row("disclosures.open", "once, after approval, within the budget, audit row first", seconds=LONG),
    _row("disclosures.waiting", "the approver's list: hashes and counts", repeatable=True),
    _row("disclosures.of_case", "the requests of a case", repeatable=True),
    _row("disclosures.of_cases", "requests that name what somebody decides about", repeatable=True, seconds=LONG),
    _row("disclosures.evidence", "where and when, of no pass: what of it is void by now", repeatable=True),
    _row("disclosures.find", "one request: what was asked, never who was found", repeatable=True),
    _row("case_files.find", "whether a case has a file, and since when", repeatable=True),
    _row("case_files.contacts", "the contacts of an approved case, audit row first", seconds=LONG),
    _row("case_files.export", "the same for a file or a page to print, audit row first", seconds=LONG),
    _row("case_files.set_state", "an officer notes that a contact was called"),
    _row("case_files.states", "the notes of a case, by number", repeatable=True),
    _row("case_files.close", "the case is closed: its file gets an end", repeatable=True),
    _row("case_files.due", "which files are at their end", repeatable=True),
    _row("case_files.dead", "and which came back without their key", repeatable=True),
    _row(
        "case_files.destroy",
        "a file ends: key first, then rows",
        repeatable=True,
        seconds=LONG,
        may_lag=True,
        destroys=True,
    ),
    _row("case_files.counts", "how many files there are, for the page of retention", repeatable=True),
    _row("searches.passes", "an officer searches for a phone, audit row first, within the budget", seconds=LONG),
    _row("held", "a visitor's deletion is written down only where there is something to delete", repeatable=True),
    _row("forget", "a visitor has the contact of a pass removed", repeatable=True, destroys=True),
    _row("days", "the retention job asks which keys live", repeatable=True),
    _row("dead_days", "and of which days rows are left over", repeatable=True),
    _row("count_day", "the receipt of a day counts what is destroyed; the extract sees a change", repeatable=True),
    _row(
        "destroy_key",
        "the day is past retention",
        repeatable=True,
        seconds=LONG,
        may_lag=True,
        due_day=True,
        destroys=True,
    ),
    _row("destroy_rows", "after its key, the day's rows", repeatable=True, seconds=LONG, destroys=True),
    _row("audit.append", "every act on personal data is written down before it is done"),
    _row("audit.count", "budgets of searches", repeatable=True),
    _row("audit.rows_since", "budgets of disclosed people", repeatable=True),
    _row("audit.entries", "the auditor reads rows: keyed hashes and counts", repeatable=True),
    _row("audit.month", "the auditor's monthly review", repeatable=True, seconds=LONG),
    _row("audit.about", "a visitor reads who looked, after a fresh code", repeatable=True),
    _row("audit.monthly", "the public counts", repeatable=True, seconds=LONG),
    _row("audit.verify", "the auditor asks whether the chain holds", repeatable=True, seconds=LONG),
    _row("subjects.due", "which years are over; the audit says so first", repeatable=True, may_lag=True),
    _row("subjects.destroy", "the key of a year that is over", repeatable=True, may_lag=True, destroys=True),
    _row("sunset.ask", "somebody wants collection to end, with a fresh code"),
    _row("sunset.confirm", "another account decides it, with a fresh code of its own"),
    _row("sunset.withdraw", "whoever asked thought better of it"),
    _row("sunset.waiting", "what waits for a second person: who asked for what", repeatable=True),
    _row("sunset.decrees", "what two people decided", repeatable=True),
    _row(
        "sunset.destroy_key",
        "a key goes early, only by decree",
        repeatable=True,
        seconds=LONG,
        may_lag=True,
        destroys=True,
    ),
    _row(
        "sunset.destroy_empty",
        "a key drawn ahead is empty",
        repeatable=True,
        seconds=LONG,
        may_lag=True,
        destroys=True,
    ),
    _row("sunset.left", "the proof of the end counts what is left", repeatable=True),
    _row("sunset.clear", "printed cards and one-time codes end with collection", repeatable=True, destroys=True),
    _row("audit.public_key", "whoever verifies the audit needs it", repeatable=True),
    _row("audit.public_keys", "and those of signing keys that were lost", repeatable=True),
)
OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in TABLE}

# public methods and attributes that stay inside, and why
INTERNAL: Mapping[str, str] = {
    "store": "the database itself",
    "ring": "every key",
    "subject_key": "a key",
    "index_key": "a key",
    "find_passes": "a search without a row of audit",
    "budgets": "the limits of what is asked here",
    "wrap_small": "works with the key-encryption key",
    "unwrap_small": "works with the key-encryption key",
    "open_contacts": "contacts without an audit row",
    "deposit_many": "fills a demonstration, without caps",
    "close": "belongs to the process that opened the vault",
    "audit.resume": "an operator's command, on the vault's host",
    "audit.renew": "the same",
    "subjects.keyed": "turns a number into what the audit knows it by",
    "subjects.keyed_case": "does the same for a case",
    "subjects.of_living_years": "does the same for every year",
    "factors.verify_settled": "part of asking and deciding",
    "case_files.assert_open": "part of asking",
    "case_files.begin": "part of opening, inside its transaction",
    "case_files.key_of": "a key",
    "case_files.add": "part of opening, inside its transaction",
}


@cache
def room_class(room: str) -> type:
    """Return the class of the objects at this attribute path."""
    module, _, name = ROOMS[room].partition(":")
    return getattr(import_module(f"{__package__}.{module}"), name)


def method_of(operation: Operation) -> Any:
    """Return the function that carries the operation out, as its class defines it."""
    return getattr(room_class(operation.room), operation.method)
