"""Pages of the visitor: the pass on the phone, and the page where simulated messages arrive.

Whatever the pass needs while it is shown is on the phone; the page only brings the words, the present of the
service (so that a phone with a wrong clock notices) and the settings a new pass is made with.
"""

from flask import Blueprint, render_template

from entry_service.core.errors import NotFound
from entry_service.usecases.doors.collecting import assert_collecting

from ..frame.access import public
from ..frame.context import now, services, settings

SLOT_CHOICES = (15, 30, 60, 120)  # seconds; longer ones are for whoever needs more time to show the code
blueprint = Blueprint("visitor", __name__)


@blueprint.get("/pass")
@public
def show_pass() -> str:
    """Show the page of the pass: the form for a new one, or the one this phone keeps."""
    assert_collecting(services(), now(), now())
    usual = settings().slot_seconds
    return render_template(
        "visitor/pass.html",
        server_time=round(now().timestamp() * 1000),
        slot_seconds=usual,
        slot_choices=sorted({usual, *(choice for choice in SLOT_CHOICES if choice > usual)}),
        may_verify=settings().sms != "off",
        must_verify=not settings().unverified,
    )


@blueprint.get("/simulator/sms")
@public
def simulated_messages() -> str:
    """Show the messages that a real service would have sent; only with ``ENTRY_SMS=simulator``."""
    if settings().sms != "simulator":
        raise NotFound()
    return render_template("visitor/messages.html", messages=services().vault.verification.messages())
