"""The zones of a facility for its manager: add, rename, limit, give up."""

import secrets

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.core.model import Facility
from entry_service.store.sites import devices, zones
from entry_service.usecases.doors.log_scan import inside_by_zone
from entry_service.usecases.sites import zones as use
from entry_service.usecases.sites.zones import LONGEST_NAME, ZoneInUse

from ..frame.access import requires
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

NEW = "new"  # stands for the zone that is being added, where a form was refused
blueprint = Blueprint("zones", __name__)


@blueprint.get("/manager/<facility_id>/zones")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the zones of a facility with the people inside each."""
    return _page(own_facility(facility_id))


@blueprint.post("/manager/<facility_id>/zones")
@requires("manager", "admin")
def add(facility_id: str) -> Response | tuple[str, int]:
    """Add a zone."""
    facility = own_facility(facility_id)
    typed = _typed()
    try:
        zone = use.add_zone(
            services(),
            facility_id,
            name=typed["name"],
            capacity=_capacity(typed["capacity"]),
            now=now(),
            random=secrets.token_bytes,
        )
    except BadInput as refused:
        return _refused(facility, NEW, typed, refused)
    said = _("%(name)s: 구역을 추가했습니다. 기기 화면에서 이 구역의 출입구를 정하시기 바랍니다.", name=zone.name)
    flash(said, "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


@blueprint.post("/manager/<facility_id>/zones/<zone_id>")
@requires("manager", "admin")
def change(facility_id: str, zone_id: str) -> Response | tuple[str, int]:
    """Keep another name or limit of a zone."""
    facility = own_facility(facility_id)
    typed = _typed()
    try:
        zone = use.change_zone(
            services(), facility_id, zone_id, name=typed["name"], capacity=_capacity(typed["capacity"])
        )
    except BadInput as refused:
        return _refused(facility, zone_id, typed, refused)
    flash(_("%(name)s: 구역을 고쳤습니다.", name=zone.name), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


@blueprint.post("/manager/<facility_id>/zones/<zone_id>/retire")
@requires("manager", "admin")
def retire(facility_id: str, zone_id: str) -> Response:
    """Give a zone up; what was logged there stays."""
    own_facility(facility_id)
    try:
        use.retire_zone(services(), facility_id, zone_id, now())
    except ZoneInUse as refused:
        flash(translated(refused.sentence), "warning")
    else:
        flash(_("구역을 없앴습니다. 지난 출입 기록은 그대로입니다."), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:100].strip() for name in ("name", "capacity")}


def _capacity(typed: str) -> int | None:
    if not typed:
        return None
    digits = typed.replace(",", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        raise BadInput("정원은 숫자로 입력하시기 바랍니다.", field="capacity")
    return int(digits)


def _refused(facility: Facility, zone_id: str, typed: dict[str, str], refused: BadInput) -> tuple[str, int]:
    g.code = refused.code
    errors = {str(refused.facts.get("field")): translated(refused.sentence)}
    return _page(facility, zone_id, typed, errors), refused.status


def _page(
    facility: Facility,
    refused_zone: str = "",
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    with services().store.read() as db:
        known = zones.all(db, facility.facility_id)
        standing = [one.device for one in devices.all(db, facility.facility_id) if one.device.revoked_at is None]
    return render_template(
        "manager/zones.html",
        facility=facility,
        zones=[(zone, [one.name for one in standing if one.zone == zone.zone_id]) for zone in known],
        inside=inside_by_zone(services(), facility, now()),
        longest=LONGEST_NAME,
        refused_zone=refused_zone,
        typed=typed or {"name": "", "capacity": ""},
        errors=errors or {},
    )
