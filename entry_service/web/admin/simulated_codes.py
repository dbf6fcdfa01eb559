"""The authenticator application of a demonstration: the codes of its accounts, for whoever tries them out."""

from flask import Blueprint, render_template

from entry_service.core.errors import NotFound
from entry_service.core.time_codes import SECONDS, code_of, read_secret, step_of
from entry_service.demo import sign_ins

from ..frame.access import public
from ..frame.context import now, settings
from .account_pages import ROLES

blueprint = Blueprint("simulated_codes", __name__)


@blueprint.get("/simulator/codes")
@public
def page() -> str:
    """Show this half minute's code of every demo account, and the next one; only with ``ENTRY_DEMO``."""
    if not settings().demo:
        raise NotFound()
    step = step_of(now())
    codes = [
        (
            ROLES[one["role"]],
            one["login"],
            *(code_of(read_secret(one["factor_secret"]), at) for at in (step, step + 1)),
        )
        for one in sign_ins.read(settings().var / "demo" / "sign-ins.json")
        if one.get("factor_secret")
    ]
    left = SECONDS - int(now().timestamp()) % SECONDS
    return render_template("admin/simulated_codes.html", codes=codes, left=left)
