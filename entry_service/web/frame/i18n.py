"""Korean first: which language a request gets, and how dates and numbers are written.

What visitors see speaks Korean, English, Chinese (简体中文) and Vietnamese (Tiếng Việt); pages of staff, officers
and administrators speak Korean and English. ``?lang=en`` chooses, and a cookie remembers it (display.py);
else the cookie, else the browser's languages, else Korean. Message ids are the Korean sentences themselves, so
Korean needs no catalogue.

A page whose own words are Korean or English, but which shows a visitor a verdict, carries the verdict in all four:
``in_languages(function)`` in Python, ``words_of("staff/verdicts.html")`` in a template.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext

from entry_service.core.errors import Sentence
from entry_service.core.times import KST

LANGUAGES = ("ko", "en")
VISITOR_LANGUAGES = ("ko", "en", "zh", "vi")
LANGUAGE_NAMES = {"ko": "한국어", "en": "English", "zh": "简体中文", "vi": "Tiếng Việt"}
TAGS = {"zh": "zh-Hans"}  # as HTML says it, where that is not our own short name
# Blueprints whose every view speaks to visitors; a single view of another one is marked by ``for_visitors``.
VISITOR_BLUEPRINTS = {
    "start",
    "visitor",
    "visitor_api",
    "rights",
    "poster_entry",
    "sign",
    "offline",
    "places",
    "notices",
}
TRANSLATIONS = Path(__file__).parents[1] / "translations"
WEEKDAYS = "월화수목금토일"
CHINESE_WEEKDAYS = "一二三四五六日"
Words = TypeVar("Words")
View = TypeVar("View", bound=Callable[..., Any])


def for_visitors(view: View) -> View:
    """Let the view below speak the four languages of visitors."""
    view.for_visitors = True
    return view


def languages_here() -> tuple[str, ...]:
    """Return the languages of the page that is asked for."""
    if not has_request_context():
        return LANGUAGES
    view = current_app.view_functions.get(request.endpoint or "")
    marked = getattr(view, "for_visitors", False) or request.blueprint in VISITOR_BLUEPRINTS
    return VISITOR_LANGUAGES if marked else LANGUAGES


def choose_language() -> str:
    """Return the language of this request; a page without the reader's Chinese or Vietnamese is Korean."""
    here = languages_here()
    for wish in (request.args.get("lang"), request.cookies.get("lang")):
        if wish in here:
            return wish
        if wish in VISITOR_LANGUAGES:
            return "ko"
    return request.accept_languages.best_match(here, "ko")


def in_languages(
    sentences: Callable[[], Words], languages: tuple[str, ...] = VISITOR_LANGUAGES
) -> dict[str, Words]:
    """Return what the function says in each language: ``{"ko": …, "en": …, "zh": …, "vi": …}``.

    The function calls ``gettext`` itself; lazy strings that it returns are read too late.
    """
    said = {}
    for language in languages:
        with force_locale(language):
            said[language] = sentences()
    return said


def words_of(template: str, languages: tuple[str, ...] = VISITOR_LANGUAGES) -> dict[str, object]:
    """Return the ``words`` that a template sets, in each language: for the page data of a script."""
    return in_languages(lambda: current_app.jinja_env.get_template(template).make_module({}).words, languages)


def translated(sentence: str) -> str:
    """Return a refusal's Korean sentence in the language of the request, with its figures."""
    if isinstance(sentence, Sentence):
        return gettext(sentence.form, **sentence.figures)
    return gettext(sentence)


def date_text(at: datetime | date) -> str:
    """Return a day as its readers write it.

    ``2020. 8. 25.(화)`` · ``Tue 25 Aug 2020`` · ``2020年8月25日(二)`` · ``T3, 25/8/2020``
    """
    day = at.astimezone(KST).date() if isinstance(at, datetime) else at
    match str(get_locale()):
        case "en":
            return f"{day:%a} {day.day} {day:%b %Y}"
        case "zh":
            return f"{day.year}年{day.month}月{day.day}日({CHINESE_WEEKDAYS[day.weekday()]})"
        case "vi":
            weekday = "CN" if day.isoweekday() == 7 else f"T{day.isoweekday() + 1}"
            return f"{weekday}, {day.day}/{day.month}/{day.year}"
    return f"{day.year}. {day.month}. {day.day}.({WEEKDAYS[day.weekday()]})"


def time_text(at: datetime) -> str:
    """Return the time of day in Korea, 24 hours: ``14:05``."""
    return f"{at.astimezone(KST):%H:%M}"


def number_text(number: int) -> str:
    """Return a whole number with separated thousands."""
    return f"{number:,}"


def attach(app: Flask) -> None:
    """Give templates ``_()``, the languages, ``words_of`` and filters for dates, times and numbers."""
    app.config.update(BABEL_DEFAULT_LOCALE="ko", BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS))
    Babel(app, locale_selector=choose_language)
    app.jinja_env.filters.update(
        date_text=date_text, time_text=time_text, number_text=number_text, translated=translated
    )
    app.jinja_env.globals.update(words_of=words_of, language_names=LANGUAGE_NAMES, language_tags=TAGS)
    app.context_processor(lambda: {"language": str(get_locale()), "languages_here": languages_here()})
