"""Korean within a page of another language is marked as Korean, and nothing else of the page changes."""

import re

import pytest

from entry_service.web.frame.korean_parts import mark_korean

UNTOUCHED = [
    "<p>Library</p>",
    "<p title=\"산본\" data-name='군포'>Library</p>",
    '<script type="application/json">{"name": "산본도서관"}</script>',
    "<title>산본도서관 · Entry log</title>",
    "<select><option>산본</option></select><textarea>산본</textarea>",
    "<style>p::before { content: '산본' }</style><!-- 산본 > 군포 -->",
    '<svg viewBox="0 0 1 1"><text>산본</text></svg>',
]


@pytest.mark.parametrize("page", UNTOUCHED)
def test_what_is_no_korean_text_stays(page):
    assert mark_korean(page) == page


def test_korean_words_are_marked_with_what_stands_between_them():
    page = "<p>Library · 경기도 군포시 산본로 1, open</p><li>QR(직원 확인)</li>"
    marked = mark_korean(page)
    assert re.findall('<bdi lang="ko">(.*?)</bdi>', marked) == ["경기도 군포시 산본로 1", "직원 확인"]
    assert re.sub("</?bdi[^>]*>", "", marked) == page


def test_a_long_page_is_read_in_no_time():
    assert mark_korean("<p>" + "가나다 라마바사 " * 50_000).count("<bdi") == 1


def test_an_english_page_marks_the_name_of_the_place_and_a_korean_one_does_not(person):
    someone = person("manager")
    english = someone.get("/manager?lang=en").get_data(as_text=True)
    assert '<h1><bdi lang="ko">산본도서관</bdi>' in re.sub(r"(<h1)[^>]*", r"\1", english)
    assert "<bdi" not in someone.get("/manager?lang=ko").get_data(as_text=True)
