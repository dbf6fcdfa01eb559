"""Requests of private sites for administrators: those that wait, one of them, approve into a wave or refuse."""

import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput
from entry_service.core.facility_facts import STAGES, read_facility
from entry_service.core.fields import FieldsRefused
from entry_service.core.site_requests import SiteRequest, show_business_number, show_telephone
from entry_service.store.sites import site_requests as kept
from entry_service.usecases.sites import site_requests as usecase

from ..frame.access import requires
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.paging import Part, asked_part
from ..manager.overview import category_name
from .facility_words import categories, qualities

STATES = {"waiting": _l("기다림"), "approved": _l("승인"), "refused": _l("반려")}
FIELDS = ("facility_id", "name", "category", "address", "lat", "lon", "coord_quality", "stage", "sensitive")

blueprint = Blueprint("requests", __name__)


@blueprint.get("/admin/requests")
@requires("admin")
def page() -> str:
    """Show the requests of one state, those that wait the oldest first."""
    state, part = request.args.get("state", "waiting"), asked_part()
    state = state if state in STATES else "waiting"
    with services().store.read() as db:
        total, found = kept.page(db, state, part.offset, part.size)
    return render_template(
        "admin/requests.html",
        requests=found,
        part=Part(part.number, total),
        state=state,
        states=STATES,
        category_name=category_name,
        business_number=show_business_number,
    )


@blueprint.get("/admin/requests/<request_id>")
@requires("admin")
def look(request_id: str) -> str:
    """Show a request, with the two ways to decide while it waits."""
    return _page(_asked(request_id), {}, {})


@blueprint.post("/admin/requests/<request_id>/approve")
@requires("admin")
def approve(request_id: str) -> Response | tuple[str, int]:
    """Register the site in a wave and invite its manager, or show the form again with all that was typed."""
    by = current_account().account_id
    try:
        facility = read_facility(request.form)
        registered = usecase.approve(
            services(), request_id, facility, by=by, now=now(), random=secrets.token_bytes
        )
    except FieldsRefused as refused:
        g.code = refused.code
        return _page(_asked(request_id), request.form, refused.errors), refused.status
    except usecase.RequestDecided as refused:
        return _decided(request_id, refused)
    told = _("%(name)s: 승인했습니다. 이제 신청한 곳에서 관리자 계정을 만들 수 있습니다.", name=registered.name)
    flash(told, "success")
    return redirect(url_for(".page"), 303)


@blueprint.post("/admin/requests/<request_id>/refuse")
@requires("admin")
def refuse(request_id: str) -> Response | tuple[str, int]:
    """Refuse a request with a reason that its site reads."""
    reason, by = request.form.get("reason", ""), current_account().account_id
    try:
        done = usecase.refuse(services(), request_id, reason, by=by, now=now())
    except BadInput as refused:
        g.code = refused.code
        return _page(_asked(request_id), {"reason": reason}, {"reason": refused.sentence}), refused.status
    except usecase.RequestDecided as refused:
        return _decided(request_id, refused)
    flash(_("%(name)s: 반려했습니다. 까닭은 신청한 곳의 화면에 나타납니다.", name=done.name), "success")
    return redirect(url_for(".page"), 303)


def _asked(request_id: str) -> SiteRequest:
    with services().store.read() as db:
        return kept.get(db, request_id)


def _decided(request_id: str, refused: usecase.RequestDecided) -> Response:
    flash(translated(refused.sentence), "warning")
    return redirect(url_for(".look", request_id=request_id), 303)


def _page(asked: SiteRequest, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    contact = usecase.contact_of(services(), asked)
    told = {"name": asked.name, "category": asked.category, "address": asked.address}
    begun = {**told, "coord_quality": "geocoded", "stage": "2"}
    sent = "name" in typed
    return render_template(
        "admin/request.html",
        asked=asked,
        states=STATES,
        number=show_business_number(asked.business_number),
        telephone=show_telephone(contact) if contact else "",
        category=category_name(asked.category),
        typed={
            **{name: typed.get(name, "") if sent else begun.get(name, "") for name in FIELDS},
            "reason": typed.get("reason", ""),
        },
        errors={name: translated(sentence) for name, sentence in errors.items()},
        categories=categories(),
        qualities=qualities(),
        stages=[(str(stage), _("%(stage)s단계", stage=stage)) for stage in STAGES],
    )
