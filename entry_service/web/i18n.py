"""Korean first, English second: which language a request gets, and how dates and numbers are written.

``?lang=en`` chooses and is remembered in a cookie; else the cookie, else the browser's languages, else Korean.
Message ids are the Korean sentences themselves, so Korean needs no catalogue.
"""

from datetime import date, datetime
from pathlib import Path

from flask import Flask, Response, request
from flask_babel import Babel, get_locale, gettext

from entry_service.core.errors import Sentence
from entry_service.core.times import KST

LANGUAGES = ("ko", "en")
TRANSLATIONS = Path(__file__).with_name("translations")
WEEKDAYS = "월화수목금토일"
YEAR = 31_536_000  # seconds a choice is remembered


def choose_language() -> str:
    """Return the language of this request."""
    for wish in (request.args.get("lang"), request.cookies.get("lang")):
        if wish in LANGUAGES:
            return wish
    return request.accept_languages.best_match(LANGUAGES, "ko")


def translated(sentence: str) -> str:
    """Return a refusal's Korean sentence in the language of the request, with its figures."""
    if isinstance(sentence, Sentence):
        return gettext(sentence.form, **sentence.figures)
    return gettext(sentence)


def date_text(at: datetime | date) -> str:
    """Return a day as people here write it: ``2020. 8. 25.(화)``, in English ``Tue 25 Aug 2020``."""
    day = at.astimezone(KST).date() if isinstance(at, datetime) else at
    if str(get_locale()) == "en":
        return f"{day:%a} {day.day} {day:%b %Y}"
    return f"{day.year}. {day.month}. {day.day}.({WEEKDAYS[day.weekday()]})"


def time_text(at: datetime) -> str:
    """Return the time of day in Korea, 24 hours: ``14:05``."""
    return f"{at.astimezone(KST):%H:%M}"


def number_text(number: int) -> str:
    """Return a whole number with separated thousands."""
    return f"{number:,}"


def remember_choices(response: Response) -> Response:
    """Keep what the reader chose by ``?lang=`` or ``?contrast=``."""
    if not request.query_string:
        return response
    for name, allowed in (("lang", LANGUAGES), ("contrast", ("high", "normal"))):
        if request.args.get(name) in allowed:
            response.set_cookie(name, request.args[name], max_age=YEAR, samesite="Lax", secure=request.is_secure)
    return response


def contrast() -> str:
    """Return ``high`` where the reader asked for it."""
    wish = request.args.get("contrast") or request.cookies.get("contrast")
    return "high" if wish == "high" else "normal"


def attach(app: Flask) -> None:
    """Give templates ``_()``, ``language``, ``contrast`` and filters for dates, times and numbers."""
    app.config.update(BABEL_DEFAULT_LOCALE="ko", BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS))
    Babel(app, locale_selector=choose_language)
    app.after_request(remember_choices)
    app.jinja_env.filters.update(
        date_text=date_text, time_text=time_text, number_text=number_text, translated=translated
    )
    app.context_processor(lambda: {"language": str(get_locale()), "contrast": contrast()})
