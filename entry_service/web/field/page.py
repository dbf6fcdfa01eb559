"""The checklist: a page without any stop in it, which the service worker keeps for the time without network."""

from flask import Blueprint, render_template

from entry_service.core.disinfection import HYPOCHLORITE, LONGEST_REMARK, STRONG

from ..frame.access import requires
from ..frame.context import settings
from . import words

blueprint = Blueprint("field", __name__)


@blueprint.get("/field")
@requires("field")
def checklist() -> str:
    """Show the checklist; its script fetches the stops and keeps them on the phone."""
    return render_template(
        "field/checklist.html",
        agents=words.AGENTS,
        surfaces=words.SURFACES,
        obstacles=words.OBSTACLES,
        obstacles_text={code: str(name) for code, name in words.OBSTACLES.items()},
        rules={
            "hypochlorite": HYPOCHLORITE,
            "strong": STRONG,
            "longest_remark": LONGEST_REMARK,
            "kept_hours": settings().session_hours,
        },
        field_contact=settings().field_contact or settings().contact,
        emergency_contact=settings().emergency_contact,
    )
