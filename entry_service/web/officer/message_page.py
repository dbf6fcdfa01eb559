"""The draft of a disaster message: chosen places make a text, the officer changes it, the service only counts."""

from flask import Blueprint, g, render_template, request
from flask_babel import gettext as _

from entry_service.core.disaster_message import BANNED_WORDS, is_repeat, sent_not_before
from entry_service.core.errors import BadInput
from entry_service.core.remark_rules import WordsRefused
from entry_service.usecases.cases import draft_message as messages
from entry_service.usecases.cases.draft_message import Prepared

from ..frame.access import requires
from ..frame.context import services, settings
from ..frame.i18n import translated
from ..frame.told_day import told_facts, told_now
from ..visitor import place_words
from .place_form import numbers

blueprint = Blueprint("message", __name__)
blueprint.context_processor(told_facts)


@blueprint.get("/officer/message")
@requires("officer")
def page() -> str | tuple[str, int]:
    """Show the places to choose from, and the draft about those of ``?place=``."""
    asked = request.args.getlist("place")
    if not asked:
        return _page()
    try:
        chosen = numbers(asked)
        draft, _places = messages.draft_message(
            services(),
            chosen,
            authority=settings().authority,
            contact=settings().contact,
            longest=settings().message_characters,
            now=told_now(),
        )
        return _page(_checked(draft.text, chosen), form=draft.form)
    except BadInput as refused:
        g.code = refused.code
        return _page(error=translated(refused.sentence)), refused.status


@blueprint.post("/officer/message")
@requires("officer")
def check() -> str | tuple[str, int]:
    """Count and judge the text as it was changed (``do=check``), or make it ready (``do=keep``)."""
    text = request.form.get("text", "")
    try:
        chosen = numbers(request.form.getlist("place"))
        if request.form.get("do") != "keep":
            return _page(_checked(text, chosen))
        longest = settings().message_characters
        kept = messages.keep_message(services(), text, chosen, longest=longest, now=told_now())
        return _page(kept, kept=True)
    except BadInput as refused:
        g.code = refused.code
        judged = isinstance(refused, WordsRefused) or (refused.facts.get("field") == "text" and text.strip())
        shown = _checked(text[: messages.LONGEST_TYPED], chosen) if judged else None
        return _page(shown, error=translated(refused.sentence)), refused.status


def _checked(text: str, chosen: list[int]) -> Prepared:
    return messages.check_message(services(), text, chosen, longest=settings().message_characters, now=told_now())


def _page(prepared: Prepared | None = None, *, form: int = 0, kept: bool = False, error: str = "") -> str:
    later = sent_not_before(told_now())
    chosen = {place.place_id for place in prepared.places} if prepared else set()
    asked = {one for one in request.args.getlist("place") if one.isascii() and one.isdecimal() and len(one) <= 18}
    return render_template(
        "officer/message.html",
        places=messages.message_places(services(), told_now()),
        chosen=chosen or {int(one) for one in asked},
        prepared=prepared,
        form=form,
        kept=kept,
        longest=settings().message_characters,
        banned=[translated(BANNED_WORDS[kind]) for kind in prepared.check.banned] if prepared else [],
        found=[(one.refused, translated(one.sentence)) for one in prepared.check.found] if prepared else [],
        repeated=lambda place: is_repeat(place.messaged_at, told_now()),
        later=place_words.moment_text(later) if later else "",
        words=place_words,
        counting={
            "longest": settings().message_characters,
            "left": _("{count}자 / {longest}자 · {rest}자 남음"),
            "over": _("{count}자 / {longest}자 · {rest}자 넘침"),
            "copied": _("복사했습니다."),
            "failed": _("복사하지 못했습니다. 문안을 직접 골라 복사하시기 바랍니다."),
        },
        error=error,
    )
