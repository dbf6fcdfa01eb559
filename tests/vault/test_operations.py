"""The table of operations is complete, closed, and made of what can cross the border of a process."""

import inspect
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from sqlalchemy import Connection

from entry_service.store.database.engine import Store
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.operations import INTERNAL, OPERATIONS, ROOMS, TABLE, method_of, room_class
from entry_service.vault.wire import form_of

FORBIDDEN = {"index_key", "open_contacts", "ring", "store", "subject_key", "kek", "wrap_small", "unwrap_small"}


def as_sent(hint: Any) -> Any:
    """Return a hint as it crosses: a mapping as pairs."""
    return list[tuple[get_args(hint)]] if get_origin(hint) is dict else hint


def path(room: str, name: str) -> str:
    return f"{room}.{name}" if room else name


@pytest.mark.parametrize("operation", TABLE, ids=lambda one: one.name)
def test_every_operation_exists_and_its_values_can_cross(operation):
    function = method_of(operation)
    assert inspect.isfunction(function)
    form_of(function)
    assert operation.why
    hints = get_type_hints(function).values()
    msgspec.json.schema_components([as_sent(hint) for hint in hints])  # raises for what has no form of its own
    for name, hint in get_type_hints(function).items():
        held = {hint, *get_args(hint), *(inner for arg in get_args(hint) for inner in get_args(arg))}
        assert not held & {Any, object, Callable, Connection, Store, KeyRing, inspect.Parameter.empty}, name


def test_every_public_method_is_open_or_internal_with_a_reason():
    undecided = []
    for room in ROOMS:
        for name, _ in inspect.getmembers(room_class(room), inspect.isfunction):
            decided = path(room, name) in OPERATIONS or path(room, name) in INTERNAL
            if not name.startswith("_") and not decided:
                undecided.append(path(room, name))
    assert undecided == []


def test_nothing_is_both_open_and_internal_and_no_name_is_made_up():
    assert not OPERATIONS.keys() & INTERNAL.keys()
    assert len(OPERATIONS) == len(TABLE)
    assert all(INTERNAL.values())


def test_what_holds_keys_connections_or_unsealed_contacts_is_not_in_the_table(vault):
    assert [name for name in OPERATIONS if name.rpartition(".")[2] in FORBIDDEN] == []
    attributes = {name for name in vars(vault) if not name.startswith("_")}
    assert attributes - {room.split(".")[0] for room in ROOMS} - INTERNAL.keys() == set()
    for name in INTERNAL:
        room, _, attribute = name.rpartition(".")
        assert hasattr(getattr(vault, room) if room else vault, attribute), f"{name} is no more"


def test_the_rooms_of_an_opened_vault_are_those_of_the_table(vault):
    for room in filter(None, ROOMS):
        assert isinstance(getattr(vault, room), room_class(room))


def test_a_moment_is_always_called_now_so_that_the_server_can_check_it():
    """A parameter that says when it is must not pass by the check under another name."""
    for operation in TABLE:
        hints = get_type_hints(method_of(operation))
        moments = {name for name, hint in hints.items() if hint is datetime and name != "return"}
        asked_about = {
            "since",
            "before",
            "start",
            "end",
            "opened_before",
        }  # periods that are read, not the present
        assert moments <= {"now"} | asked_about, operation.name
        assert date not in {hints.get("now")}
