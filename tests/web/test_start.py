"""The start page: in a demonstration it leads to what hangs at a real door, elsewhere it does not."""

import re
from dataclasses import replace

import pytest

from entry_service import create_app
from entry_service.store.sites import facilities

from .browser import axe_violations, phone, serving, too_wide
from .forms import text


@pytest.fixture
def at_the_door(services, person):
    """Give the library a telephone number, a poster and a sign."""
    numbered = replace(services.facility("GP-001"), call_number="0800390001")
    services.store.write(lambda db: facilities.update_facility(db, numbered))
    manager = person("manager")
    manager.post("/manager/GP-001/poster", {"epoch": ""})
    manager.post("/manager/GP-001/sign")


def test_a_demonstration_opens_every_way_in_from_its_first_page(person, at_the_door):
    page = text(person().get("/"))
    links = re.findall(r'class="button" href="(/[^"]+)"', page)
    assert [link.split("/")[1] for link in links] == ["E", "simulator", "sign", "simulator", "simulator"]
    for link in links:
        assert person().get(link).status_code == 200, link
    assert "산본도서관" in text(person().get(links[0]))


def test_without_posters_and_numbers_it_leads_to_what_there_is(person):
    links = re.findall(r'class="button" href="(/[^"]+)"', text(person().get("/")))
    assert links == ["/simulator/call", "/simulator/sms", "/simulator/codes"]


def test_elsewhere_nothing_is_simulated(settings, services, clock):
    real = create_app(replace(settings, demo=False, sms="off"), services, clock=clock)
    assert "/simulator" not in real.test_client().get("/").get_data(as_text=True)


def test_the_first_page_is_whole_on_a_phone(app, browser, at_the_door):
    with serving(app) as origin:
        page = phone(browser, origin)
        page.goto("/")
        assert page.get_by_role("link", name="포스터로 입장하기").is_visible()
        assert axe_violations(page) == []
        assert not too_wide(page)
