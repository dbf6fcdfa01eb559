"""The one way in of the skill server: on where there is a file of secrets, counted, silent about who asks.

KakaoTalk shows an error of its own for anything but 200 within five seconds. So whoever is let in is answered with
a sentence, also where the log cannot be read; only a caller without the secret gets a refusal.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _

from entry_service.core.errors import EntryError, NotFound, TooMany

from ..api.openapi import json_response
from ..frame.access import Access
from ..frame.context import now
from ..frame.limits import Brake
from . import skills
from .asked import LARGEST, Asked, read
from .components import answer, simple_text
from .secrets_file import SecretsFile

HEADER = "X-Entry-Skill-Secret"
SKILLS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "crowding": skills.crowding,
    "quiet": skills.quiet,
    "pass": skills.pass_link,
    "records": skills.records,
    "places": skills.places,
    "call": skills.call_in,
    "help": skills.fallback,
}
log = logging.getLogger(__name__)
blueprint = Blueprint("kakao", __name__)


class SkillRefused(EntryError):
    """The request does not bring the secret that was agreed with the skill console."""

    status, code, sentence = 403, "skill_refused", "카카오톡 스킬의 비밀값이 맞지 않습니다."


@blueprint.post("/kakao/<skill>")
def ask(skill: str) -> Response:
    """Answer one question of a channel's user."""
    assert_from_kakao()
    if skill not in SKILLS:
        raise NotFound(what="skill")
    request.max_content_length = LARGEST
    try:
        asked = read(request.get_data(cache=False))
        with force_locale("en" if (asked.userRequest.lang or "").startswith("en") else "ko"):
            return json_response(_said(SKILLS[skill], asked))
    except Exception as failure:  # Kakao shows an error of its own for anything but a sentence
        log.warning("kakao skill %s: %s", skill, getattr(failure, "code", type(failure).__name__))
    with force_locale("ko"):
        return json_response(skills.trouble())


ask.access = Access("none", csrf=False)  # type: ignore[attr-defined]


@blueprint.record_once
def attach(state: object) -> None:
    """Give the application its counters and the file of secrets."""
    app: Flask = state.app  # type: ignore[attr-defined]
    known = app.extensions["settings"]
    app.extensions["kakao"] = {
        "secrets": SecretsFile(Path(known.kakao_secrets)) if known.kakao_secrets else None,
        "strangers": Brake(known.public_per_minute),
        "users": Brake(known.kakao_per_minute),
    }


def assert_from_kakao() -> None:
    """Raise ``NotFound`` where there is no skill server, ``SkillRefused`` without the secret, which is counted."""
    known = current_app.extensions["kakao"]
    if known["secrets"] is None:
        raise NotFound()
    if not known["secrets"].holds(request.headers.get(HEADER, "")):
        known["strangers"].count(request.remote_addr or "", now())
        raise SkillRefused


def _said(skill: Callable[[Asked], dict[str, Any]], asked: Asked) -> dict[str, Any]:
    """Return the answer; a number is refused before anything else is looked at."""
    if asked.holds_phone():
        return skills.no_numbers()
    try:
        current_app.extensions["kakao"]["users"].count_caller(asked.user_id, now())
        return skill(asked)
    except TooMany:
        return answer(simple_text(_("질문이 많아 잠시 쉬고 있습니다. 1분 뒤에 다시 물어보시기 바랍니다.")))
    except EntryError as failure:
        log.warning("kakao skill: %s", failure.code)
        return skills.trouble()
