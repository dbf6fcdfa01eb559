"""The manager's page of the public sign: its address, a new address, none any more."""

import secrets

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.store.sites import signs
from entry_service.usecases.sites.signs import NoSignHere, end_sign, renew_sign

from ..frame.access import requires
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

blueprint = Blueprint("manager_sign", __name__)


@blueprint.get("/manager/<facility_id>/sign")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show where the sign is, and what it is good for."""
    facility = own_facility(facility_id)
    with services().store.read() as db:
        sign_id = signs.of_facility(db, facility_id)
    address = f"{settings().origin}{url_for('sign.page', sign_id=sign_id)}" if sign_id else ""
    return render_template("manager/sign.html", facility=facility, address=address, sensitive=facility.sensitive)


@blueprint.post("/manager/<facility_id>/sign")
@requires("manager", "admin")
def change(facility_id: str) -> Response:
    """Make a sign, or give it another address; ``end`` takes it away."""
    own_facility(facility_id)
    if request.form.get("end"):
        end_sign(services(), facility_id)
        flash(_("안내판을 없앴습니다. 켜져 있는 화면은 1분 안에 알게 됩니다."), "success")
    else:
        with services().store.read() as db:
            first = signs.of_facility(db, facility_id) is None
        try:
            renew_sign(services(), facility_id, now=now(), random=secrets.token_bytes)
            if first:
                flash(_("안내판을 만들었습니다. 입구의 화면에서 아래 주소를 여시기 바랍니다."), "success")
            else:
                flash(_("안내판의 새 주소를 만들었습니다. 이전 주소는 더 열리지 않습니다."), "success")
        except NoSignHere as refused:
            flash(translated(refused.sentence), "warning")
    return redirect(url_for(".page", facility_id=facility_id), 303)
