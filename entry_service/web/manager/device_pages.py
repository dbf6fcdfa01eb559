"""The devices of a facility for its manager: invite one by QR, change gate, zone or profile, revoke.

The secret of an invitation is shown once, in the answer to its own form: it stands in no address and in no cookie.
"""

import secrets

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput
from entry_service.core.invitations import SECRET_BYTES, grouped, secret_text
from entry_service.core.model import Facility
from entry_service.core.times import kst_day
from entry_service.store.sites import devices, enrolments, zones
from entry_service.usecases.sites import enrol_device, roll_out
from entry_service.usecases.sites.enrol_device import LONGEST_NAME
from entry_service.usecases.sites.facility_day import read_day

from ..frame import sessions
from ..frame.access import requires
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.own_facility import own_facility
from ..frame.symbol_svg import symbol_path

PROFILES = (
    ("desk", _l("안내대"), _l("직원이 지키는 기기입니다. 스캔, 수기명부, 카드, 정원 초과 승인을 모두 합니다.")),
    ("gate", _l("출입문"), _l("스캔만 합니다. 수기명부와 카드는 쓸 수 없습니다.")),
    ("kiosk", _l("무인 단말기"), _l("직원 없이 방문자가 스스로 찍습니다. 설정은 관리자 PIN으로만 엽니다.")),
)
PROFILE_NAMES = {code: name for code, name, _about in PROFILES}
FIELDS = ("name", "zone", "profile")
blueprint = Blueprint("devices", __name__)


@blueprint.get("/manager/<facility_id>/devices")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the devices of a facility with what each did today, and the invitations that wait."""
    return _list(own_facility(facility_id))


@blueprint.get("/manager/<facility_id>/devices/new")
@requires("manager", "admin")
def new_form(facility_id: str) -> str:
    """Show an empty form for an invitation."""
    return _form(own_facility(facility_id), {"name": "", "zone": "", "profile": "desk"}, {})


@blueprint.post("/manager/<facility_id>/devices/new")
@requires("manager", "admin")
def invite(facility_id: str) -> str | tuple[str, int]:
    """Make an invitation and show its QR, this once."""
    facility = own_facility(facility_id)
    secret = secret_text(secrets.token_bytes(SECRET_BYTES))
    typed = _typed()
    try:
        invitation = enrol_device.invite(
            services(), facility_id, **typed, token_hash=sessions.token_hash(secret), now=now()
        )
    except BadInput as refused:
        g.code = refused.code
        errors = {str(refused.facts.get("field")): translated(refused.sentence)}
        return _form(facility, typed, errors), refused.status
    address = f"{settings().origin}/staff/join"
    return render_template(
        "manager/invitation.html",
        facility=facility,
        invitation=invitation,
        zone=_zone_names(facility_id).get(invitation.zone, ""),
        profile=PROFILE_NAMES[invitation.profile],
        symbol=symbol_path(f"{address}#{secret}"),
        address=address.partition("://")[2],
        groups=grouped(secret),
        minutes=int(enrol_device.LIFETIME.total_seconds() // 60),
    )


@blueprint.post("/manager/<facility_id>/invitations/<start>/withdraw")
@requires("manager", "admin")
def withdraw(facility_id: str, start: str) -> Response:
    """Take an invitation back; no device can join with it any more."""
    own_facility(facility_id)
    enrol_device.withdraw(services(), facility_id, start, now())
    flash(_("초대를 취소했습니다."), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


@blueprint.post("/manager/<facility_id>/devices/<device_id>")
@requires("manager", "admin")
def change(facility_id: str, device_id: str) -> Response | tuple[str, int]:
    """Keep another gate, zone or profile of a device."""
    facility = own_facility(facility_id)
    try:
        device = enrol_device.change_device(services(), facility_id, device_id, **_typed())
    except BadInput as refused:
        g.code = refused.code
        return _list(facility, device_id, translated(refused.sentence)), refused.status
    said = _("%(name)s: 기기를 고쳤습니다. 기기의 화면을 새로 고치면 바뀐 대로 보입니다.", name=device.name)
    flash(said, "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


@blueprint.post("/manager/<facility_id>/devices/<device_id>/revoke")
@requires("manager", "admin")
def revoke(facility_id: str, device_id: str) -> Response:
    """Revoke a device of the facility."""
    own_facility(facility_id)
    roll_out.revoke_device(services(), facility_id, device_id, now=now())
    flash(_("기기 등록을 해제했습니다. 이 기기로는 더 이상 스캔할 수 없습니다."), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:100] for name in FIELDS}


def _list(facility: Facility, wrong_device: str = "", wrong: str = "") -> str:
    with services().store.read() as db:
        records = devices.all(db, facility.facility_id)
        waiting = enrolments.waiting(db, facility.facility_id, now())
    scans_today = read_day(services(), facility.facility_id, kst_day(now()), now()).by_device
    return render_template(
        "manager/devices.html",
        facility=facility,
        in_use=[record for record in records if record.device.revoked_at is None],
        ended=[record for record in records if record.device.revoked_at is not None],
        waiting=[(one, one.token_hash.hex()[:16]) for one in waiting],
        scans_today=scans_today,
        zones=_zone_names(facility.facility_id),
        zone_choices=_zone_names(facility.facility_id, retired=False),
        profiles=PROFILES,
        profile_names=PROFILE_NAMES,
        longest=LONGEST_NAME,
        wrong_device=wrong_device,
        wrong=wrong,
    )


def _form(facility: Facility, typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "manager/device_new.html",
        facility=facility,
        typed=typed,
        errors=errors,
        zone_choices=_zone_names(facility.facility_id, retired=False),
        profiles=PROFILES,
        longest=LONGEST_NAME,
    )


def _zone_names(facility_id: str, *, retired: bool = True) -> dict[str, str]:
    """Return the names of the facility's zones by zone_id, given-up ones as long as something may stand there."""
    with services().store.read() as db:
        return {zone.zone_id: zone.name for zone in zones.all(db, facility_id, retired=retired)}
