"""Which language a page speaks to whom, what is remembered, and how a page is shown: contrast and size of text."""

import re

import pytest
from flask_babel import force_locale, get_locale, gettext

from entry_service.web.frame.display import address_with
from entry_service.web.frame.i18n import LANGUAGE_NAMES, date_text, in_languages, words_of

VISITOR_PAGES = ["/", "/pass", "/ticket"]
STAFF_PAGES = ["/login"]


def shown(answer) -> str:
    """Return the opening tag of the page."""
    return answer.get_data(as_text=True).split("<html")[1].split(">")[0]


@pytest.mark.parametrize("path", VISITOR_PAGES)
@pytest.mark.parametrize(("language", "tag"), [("ko", "ko"), ("en", "en"), ("zh", "zh-Hans"), ("vi", "vi")])
def test_a_visitor_reads_four_languages_and_finds_each_by_its_own_name(person, path, language, tag):
    someone = person()
    page = someone.get(f"{path}?lang={language}")
    assert f'lang="{tag}"' in shown(page)
    text = re.sub(r"</?bdi\b[^>]*>", "", page.get_data(as_text=True))
    assert [name for name in LANGUAGE_NAMES.values() if f">{name}</a>" in text] == list(LANGUAGE_NAMES.values())
    assert f'lang="{tag}"' in shown(someone.get(path))  # remembered
    assert f'lang="{tag}"' in shown(person().get(path, headers={"Accept-Language": tag}))


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_staff_read_korean_or_english_and_a_chinese_cookie_means_korean(person, path):
    someone = person()
    someone.get("/pass?lang=zh")
    page = someone.get(path, headers={"Accept-Language": "en"})
    assert 'lang="ko"' in shown(page)
    assert "简体中文" not in page.get_data(as_text=True)
    assert 'lang="ko"' in shown(someone.get(f"{path}?lang=vi"))
    assert 'lang="zh-Hans"' in shown(someone.get("/pass"))  # what was refused there is not remembered
    assert 'lang="en"' in shown(someone.get(f"{path}?lang=en"))


def test_a_language_that_nobody_knows_changes_nothing(person):
    someone = person()
    assert 'lang="ko"' in shown(someone.get("/pass?lang=xx"))
    assert someone.client.get_cookie("lang") is None


def test_a_page_carries_words_in_every_language(app):
    with app.test_request_context("/staff"):
        assert in_languages(lambda: str(get_locale())) == {code: code for code in LANGUAGE_NAMES}
        assert in_languages(lambda: gettext("입장"), ("ko", "en")) == {"ko": "입장", "en": "In"}
        words = words_of("staff/words.html", ("ko", "en"))
        assert words["ko"]["verdicts"]["in"][0] == "입장"
        assert words["en"]["verdicts"]["in"][0] == "In"
        assert str(get_locale()) == "ko"


@pytest.mark.parametrize(
    ("language", "sunday", "tuesday"),
    [
        ("ko", "2020. 8. 23.(일)", "2020. 8. 25.(화)"),
        ("en", "Sun 23 Aug 2020", "Tue 25 Aug 2020"),
        ("zh", "2020年8月23日(日)", "2020年8月25日(二)"),
        ("vi", "CN, 23/8/2020", "T3, 25/8/2020"),
    ],
)
def test_a_day_is_written_as_its_readers_write_it(app, clock, language, sunday, tuesday):
    from datetime import timedelta

    with app.test_request_context(), force_locale(language):
        assert (date_text(clock() - timedelta(days=2)), date_text(clock())) == (sunday, tuesday)


@pytest.mark.parametrize(("name", "value"), [("contrast", "high"), ("text", "125"), ("text", "150")])
def test_how_a_page_is_shown_is_chosen_by_a_link_and_remembered(person, name, value):
    someone = person()
    assert 'data-contrast="normal" data-text="100"' in shown(someone.get("/login"))
    assert f'data-{name}="{value}"' in shown(someone.get(f"/login?{name}={value}"))
    assert f'data-{name}="{value}"' in shown(someone.get("/pass"))
    assert f'data-{name}="{value}"' in shown(someone.get(f"/pass?{name}=unknown"))


def test_a_choice_keeps_what_else_the_address_asks_for(app):
    with app.test_request_context("/manager?day=2020-08-22&text=125&x=%22%3E"):
        assert address_with(text="150") == "?day=2020-08-22&text=150&x=%22%3E"
