"""English is complete: every sentence a page can say has it, nothing is kept that no page says, figures agree."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from deploy import messages
from entry_service.core.errors import EntryError, Sentence
from entry_service.web.frame.i18n import TAGS, translated

TEMPLATES = Path(__file__).parents[2] / "entry_service" / "web" / "templates"
HANGUL = re.compile(r"[가-힣]")
FIGURE = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
KOREAN_IN_ENGLISH = {"12가34나", "경기도 군포시 청백리길 6"}  # examples of what is typed in Korean
END_OF_SENTENCE = re.compile(r"(니다|니까)[.?]")
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")  # as a page holds the words of its scripts


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    return messages.ids()


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return {message.id: message.string for message in messages.english() if message.id}


def classes_below(kind: type) -> set[type]:
    return {kind}.union(*(classes_below(child) for child in kind.__subclasses__()))


def figures(text: str) -> set[str]:
    return set(FIGURE.findall(text))


def test_every_sentence_has_english(ids, english):
    assert sorted(f"{file}: {message}" for message, file in ids.items() if not english.get(message)) == []


@pytest.mark.parametrize("language", messages.VISITOR_LANGUAGES)
def test_every_sentence_a_visitor_sees_has_its_language(language):
    wanted, kept = messages.visitor_ids(), messages.kept(language)
    said = {message.id: message.string for message in kept if message.id}
    assert sorted(f"{file}: {message}" for message, file in wanted.items() if not said.get(message)) == []
    assert sorted(set(said) - set(wanted)) == []
    assert {korean for korean, text in said.items() if HANGUL.search(text)} == set()
    assert [korean for korean, text in said.items() if figures(korean) != figures(text)] == []
    assert messages.catalogue(language).read_text(encoding="utf-8") == messages.written(said, language)


@pytest.mark.parametrize("pattern", messages.VISITOR)
def test_what_visitors_see_is_in_the_service(pattern):
    """A pattern that matches no file would quietly want no translation."""
    assert list(messages.SERVICE.glob(pattern))


def test_no_sentence_is_kept_that_is_said_nowhere(ids, english):
    assert sorted(set(english) - set(ids)) == []


def test_every_refusal_is_found(app: Flask, ids):
    ours = {kind for kind in classes_below(EntryError) if kind.__module__.startswith("entry_service.")}
    assert len(ours) > 20
    assert {kind.sentence for kind in ours} - set(ids) == set()


def test_a_sentence_with_figures_is_a_form_and_not_an_f_string():
    source = 'raise BadInput(f"{most}자까지입니다.")\nraise BadInput(Sentence("%(most)s명까지입니다.", most=9))\n'
    assert list(messages.sentences(source)) == ["%(most)s명까지입니다."]


def test_no_refusal_is_put_together_where_nobody_can_translate_it():
    """An f-string cannot be an id; only the two that the terminal alone says are made of one."""
    terminal = {"usecases/sites/import_facilities.py", "vault/verification.py"}
    found = set()
    for file in messages.modules():
        if any(END_OF_SENTENCE.search(piece) for piece in messages.pieces(file.read_text(encoding="utf-8"))):
            found.add(str(file.relative_to(messages.SERVICE)))
    assert found <= terminal


def test_figures_agree(english):
    wrong = {
        korean: text
        for korean, text in english.items()
        if text
        and (set(FIGURE.findall(korean)) != set(FIGURE.findall(text)) or set("%{}") & set(FIGURE.sub("", text)))
    }
    assert wrong == {}


def test_english_holds_no_korean_but_examples(english):
    left = {text: re.sub("|".join(KOREAN_IN_ENGLISH), "", text) for text in english.values()}
    assert [text for text, rest in left.items() if HANGUL.search(rest)] == []


def test_the_three_words_of_a_verdict(english):
    words = ("핫스팟", "유의하지 않음", "자료 없음")
    assert [english[word] for word in words] == ["Hot", "Not significant", "No data"]


def test_the_file_is_as_the_tool_writes_it(english):
    assert messages.CATALOGUE.read_text(encoding="utf-8") == messages.written(english)


def test_a_refusal_keeps_its_figures_in_either_language(app: Flask):
    short = Sentence("비밀번호는 %(shortest)s자 이상이어야 합니다.", shortest=15)
    assert short == "비밀번호는 15자 이상이어야 합니다."
    with app.test_request_context(), force_locale("en"):
        assert translated(short) == "The password must have at least 15 characters."
        assert translated("찾을 수 없습니다.") == "This cannot be found."


VISITORS_READ = ["/", "/pass", "/ticket", "/my", "/places", "/transparency"]


@pytest.mark.parametrize("language", messages.VISITOR_LANGUAGES)
@pytest.mark.parametrize("path", VISITORS_READ)
def test_a_page_in_a_visitors_language_has_no_korean(person, path: str, language: str):
    """A module missing from ``VISITOR`` shows here: what it says stays Korean."""
    page = person().get(f"{path}?lang={language}", follow_redirects=True).get_data(as_text=True)
    assert_speaks(page, TAGS.get(language, language))


@pytest.mark.parametrize("path", [*VISITORS_READ, "/login", "/register", "/staff", "/no-such-page"])
def test_a_page_in_english_has_no_korean(person, path: str):
    """Whole pages, the words of their scripts among them; only names and the link to Korean are Korean."""
    page = person().get(f"{path}?lang=en", follow_redirects=True).get_data(as_text=True)
    assert_speaks(page, "en")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("staff", "/staff"),
        ("manager", "/manager"),
        ("manager", "/manager/GP-001/devices"),
        ("manager", "/manager/GP-001/poster"),
        ("manager", "/manager/GP-001/receipts"),
        ("officer", "/officer"),
        ("officer", "/officer/cases"),
        ("officer", "/officer/places"),
        ("officer", "/officer/places/new"),
        ("officer", "/officer/message"),
        ("officer", "/officer/report"),
        ("officer", "/officer/plans"),
        ("field", "/field"),
        ("approver", "/approver"),
        ("auditor", "/auditor"),
        ("auditor", "/auditor/months/2020-08"),
        ("admin", "/admin"),
        ("admin", "/admin/facilities/new"),
        ("admin", "/admin/facilities/GP-001"),
        ("admin", "/admin/accounts"),
        ("admin", "/admin/accounts/new"),
        ("admin", "/admin/accounts/A-staff"),
        ("admin", "/admin/accounts/A-officer"),
        ("admin", "/admin/retention"),
        ("admin", "/admin/imports"),
        ("admin", "/admin/requests"),
        ("admin", "/admin/risk"),
        ("admin", "/admin/facilities/GP-001/risk"),
        ("admin", "/admin/poster-batches"),
        ("admin", "/admin/adoption"),
    ],
)
def test_a_page_of_a_role_in_english_has_no_korean(person, role: str, path: str):
    answer = person(role).get(f"{path}?lang=en", follow_redirects=True)
    assert answer.status_code == 200
    assert_speaks(answer.get_data(as_text=True), "en")


def assert_speaks(page: str, tag: str) -> None:
    assert f'<html lang="{tag}"' in page
    page = ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), page)
    for name in ("한국어", "산본도서관", "군포시청", "경기도 군포시 산본로 1", "정문", *KOREAN_IN_ENGLISH):
        page = page.replace(name, "")
    assert [line.strip() for line in page.splitlines() if HANGUL.search(line)] == []


def test_words_that_templates_share_are_read_anew_for_each_language():
    """A template imported without its context is kept with the words of whoever came first."""
    templates = {path: path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}
    kept = []
    for path, text in templates.items():
        for imported in re.findall(r'{% (?:from|import) "([^"]+)"(?![^%]*with context)[^%]*%}', text):
            told = re.sub(r"{% macro .*?{% endmacro %}", "", templates[TEMPLATES / imported], flags=re.DOTALL)
            kept += [f"{path.name} imports {imported}"] * ("_(" in told)
    assert kept == []
