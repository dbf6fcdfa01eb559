"""What a device may do follows from its profile, for every route that a device may call and nothing else."""

from dataclasses import replace

import pytest

from entry_service import create_app
from entry_service.core.model import Device
from entry_service.core.profiles import ACTS, MAY, may
from entry_service.settings import Settings
from entry_service.store.sites import devices
from entry_service.usecases.doors.pins import set_pin
from entry_service.web.api.openapi import OPERATIONS
from entry_service.web.frame.sessions import token_hash
from tests.test_docs import rows

from .camera import phone_with_pass
from .test_openapi import Caller

create_app(Settings(demo=True))  # imports every blueprint, so that all operations are declared
PIN = "271828"


@pytest.fixture
def door(app, services, clock, settings):
    """Return a function that gives a caller of an operation, and the headers of a device with a profile."""

    def at(profile, known):
        device = Device(device_id=f"D-{profile}", facility_id="GP-001", name="문", profile=profile)
        services.store.write(lambda db: devices.add(db, device, token_hash(profile), clock()))
        return Caller(known, app, services, clock, settings), {"Authorization": f"Bearer {profile}"}

    return at


def acts():
    for known in OPERATIONS:
        kind, _, act = known.auth.split("|")[0].partition(":")
        if kind == "device":
            yield known, act


ROUTES = [
    pytest.param(known, act, profile, id=f"{known.endpoint}-{profile}") for known, act in acts() for profile in MAY
]


@pytest.mark.parametrize(("known", "act", "profile"), ROUTES)
def test_a_route_is_open_to_the_profiles_that_may_do_it(door, known, act, profile):
    caller, headers = door(profile, known)
    answer = caller.call(headers=headers)
    refused = (answer.status_code, (answer.json or {}).get("code")) == (403, "not_allowed")
    assert refused == (bool(act) and act not in MAY[profile])
    if refused:
        assert answer.json["detail"].endswith("다.")


def test_every_act_of_the_table_is_asked_for_somewhere():
    named = {act for _, act in acts()} - {""}
    assert named <= set(ACTS)
    assert set(ACTS) - named == {"card", "override"}  # parts of a scan; tested below


@pytest.mark.parametrize("profile", MAY)
def test_parts_of_a_scan_are_open_to_the_profiles_that_may_do_them(door, services, clock, profile):
    scan = next(one for one in OPERATIONS if one.endpoint == "api.new_scan")
    caller, headers = door(profile, scan)
    set_pin(services, "GP-001", PIN, clock())
    text = phone_with_pass(services, clock()).code(clock())
    overriding = caller.call(headers=headers, body=caller.body(text=text, admit="override", pin=PIN))
    assert (overriding.status_code == 403) == ("override" not in MAY[profile])
    card = caller.call(headers=headers, body=caller.body(text="EPK10000000000000000", scan_id="a-card-is-read"))
    assert card.json["code"] == ("card_unknown" if "card" in MAY[profile] else "not_allowed")


def test_a_profile_that_is_not_known_may_nothing():
    device = replace(Device(device_id="D", facility_id="F", name="문"), profile="new")
    assert not any(may(device, act) for act in ACTS)


def test_the_document_tells_the_table_as_it_is():
    section = "Who may call"
    told = {cells[0].strip("`"): cells[2:] for cells in rows("api.md", section)}
    assert told == {profile: tuple("yes" if act in own else "no" for act in ACTS) for profile, own in MAY.items()}
