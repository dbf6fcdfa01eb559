"""Pages at the door: enrol this browser as a staff device, then scan with it.

A sign-in is needed once, to enrol. From then on the device's own token (a cookie that scripts cannot read, known
to the database only by its hash) opens the page, so that nobody's session has to stay open at a door.
"""

import secrets

from flask import Blueprint, Response, flash, g, redirect, render_template, request
from flask_babel import gettext as _

from entry_service.core import profiles
from entry_service.core.capacity import CROWDING_WORDS
from entry_service.core.errors import BadInput, NotAllowed
from entry_service.core.model import Device, Facility
from entry_service.store.sites import devices, zones
from entry_service.usecases.doors.pins import has_pin
from entry_service.usecases.drills.outage_drill import windows_at

from ..frame import sessions
from ..frame.access import opened_to, requires
from ..frame.auth import current_account, current_device, set_device_cookie
from ..frame.context import now, services
from ..frame.i18n import translated

LONGEST_NAME = 40
blueprint = Blueprint("staff", __name__)


@blueprint.get("/staff")
@opened_to("device|session:staff,manager")
def door() -> str:
    """Show the scan page on an enrolled device, else the form that enrols this browser."""
    device = g.get("device")
    if device is None:
        return _enrol_page()
    return render_template(
        "staff/scan.html",
        device=device,
        facility=services().facility(device.facility_id),
        zone=_zone(device),
        may=_offered(device),
        windows=windows_at(services(), device.facility_id, now()),
        has_pin=has_pin(services(), device.facility_id),
        crowding={code: translated(word) for code, word in CROWDING_WORDS.items()},
    )


@blueprint.post("/staff/enrol")
@requires("staff", "manager")
def enrol() -> Response | tuple[str, int]:
    """Enrol this browser for the account's facility and give it its token."""
    facility = _facility()
    if facility is None:
        raise NotAllowed(_("이 계정은 시설에 속해 있지 않아 기기를 등록할 수 없습니다."))
    try:
        name = device_name(request.form.get("name", ""))
    except BadInput as refused:
        g.code = refused.code
        return _enrol_page(refused=translated(refused.sentence)), refused.status
    device = Device(device_id=f"D-{secrets.token_hex(8)}", facility_id=facility.facility_id, name=name)
    token, at = sessions.new_token(), now()
    services().store.write(lambda db: devices.add(db, device, sessions.token_hash(token), at))
    response = redirect("/staff", 303)
    set_device_cookie(response, token)
    return response


@blueprint.post("/staff/leave")
@opened_to("device")
def leave() -> Response:
    """Revoke this device at once and take its token from the browser."""
    device, at = current_device(), now()
    services().store.write(lambda db: devices.revoke(db, device.device_id, at))
    response = redirect("/staff", 303)
    sessions.drop_cookie(response, "device")
    flash(_("이 기기의 등록을 해제했습니다."), "success")
    return response


def device_name(typed: str) -> str:
    """Return the name of a device as it is kept: 1 to 40 characters, printable; raise ``BadInput``."""
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("기기의 위치를 1자 이상 40자 이하로 입력하시기 바랍니다.", field="name")
    return name


def _offered(device: Device) -> dict[str, bool]:
    """Return what the page offers on this device beside scanning: what its profile may do, and no more.

    At a gate nobody empties the house by a slip of the thumb; only a desk has somebody beside it who can take it
    back from being a kiosk.
    """
    attended = device.profile != "kiosk"
    offered = {act: attended and profiles.may(device, act) for act in profiles.ACTS}
    desk = device.profile == "desk"
    return {**offered, profiles.CLOSING: offered[profiles.CLOSING] and desk, "kiosk": desk}


def _zone(device: Device) -> zones.Zone | None:
    if not device.zone:
        return None
    with services().store.read() as db:
        return zones.get(db, device.facility_id, device.zone)


def _facility() -> Facility | None:
    facility_id = current_account().facility_id
    return services().facility(facility_id) if facility_id else None


def _enrol_page(refused: str | None = None) -> str:
    return render_template("staff/enrol.html", facility=_facility(), refused=refused, longest=LONGEST_NAME)
