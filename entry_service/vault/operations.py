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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the web side may ask for.

    ``repeatable``: doing it again does no harm and gives the same answer, so it is asked once more where the
    connection broke before an answer came. ``seconds``: how long an answer is waited for. ``may_lag``: its ``now``
    may lie behind the vault's own clock, but never ahead.
    """

    name: str
    why: str
    repeatable: bool = False
    seconds: float = QUICK
    may_lag: bool = False

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
    _row("cards.issue", "staff print a card for a visitor without a phone"),
    _row("cards.present", "a door reads a card; its pass of the day stays the same", repeatable=True),
    _row("cards.revoke", "a card was reported lost", repeatable=True),
    _row("cards.all", "a facility sees the numbers of its cards, never whose", repeatable=True),
    _row("verification.begin", "a visitor asks for a one-time code"),
    _row("verification.confirm", "a visitor types the code; each try counts"),
    _row("verification.holds", "a door reads a certificate of a verified phone", repeatable=True),
    _row("verification.messages", "the simulator's page of a demonstration", repeatable=True),
)
OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in TABLE}

# public methods and attributes that stay inside, and why
INTERNAL: Mapping[str, str] = {
    "index_key": "a key",
    "deposit_many": "fills a demonstration, without caps",
    "close": "belongs to the process that opened the vault",
}


@cache
def room_class(room: str) -> type:
    """Return the class of the objects at this attribute path."""
    module, _, name = ROOMS[room].partition(":")
    return getattr(import_module(f"{__package__}.{module}"), name)


def method_of(operation: Operation) -> Any:
    """Return the function that carries the operation out, as its class defines it."""
    return getattr(room_class(operation.room), operation.method)
