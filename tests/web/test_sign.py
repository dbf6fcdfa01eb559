"""The public sign, its JSON and its manager's page; counts only, and an address that ends when it is renewed."""

import ast
import inspect
import re

import pytest

from entry_service.core import capacity
from entry_service.usecases.doors.limits import RULES
from entry_service.usecases.doors.log_scan import append
from entry_service.web.frame import limit_words
from tests.store.conftest import scan

from .forms import text


@pytest.fixture
def sign(person):
    """Return the path of the library's sign."""
    manager = person("manager")
    assert manager.post("/manager/GP-001/sign").status_code == 303
    return re.search(r"/sign/[\w-]{12}", text(manager.get("/manager/GP-001/sign")))[0]


def enters(services, clock, number, party=1):
    one = scan(
        f"scan-{number}", pid=number.to_bytes(8, "big"), scanned_at=clock(), received_at=clock(), party_size=party
    )
    append(services, one)


def test_everybody_may_see_the_sign_and_ask_for_its_figures(person, sign, services, clock):
    enters(services, clock, 1, party=20)
    enters(services, clock, 2, party=11)
    page = text(person().get(sign))
    assert "산본도서관" in page
    assert 'id="sign-inside">31<' in page
    assert 'id="sign-limit">60<' in page
    assert "29명 더 들어올 수 있습니다." in page
    answer = person().get(f"/api/v1/signs{sign.removeprefix('/sign')}")
    assert answer.json == {
        "name": "산본도서관",
        "opened": True,
        "open_until": None,
        "whole": {
            "zone": "",
            "name": "산본도서관",
            "inside": 31,
            "limit": 60,
            "crowding": "normal",
            "closed": False,
        },
        "zones": [],
        "now": "2020-08-25T09:00:00Z",
    }
    assert "Set-Cookie" not in answer.headers


def test_at_the_limit_and_outside_the_hours_the_sign_says_so_in_words(person, sign, services, clock):
    enters(services, clock, 1, party=20)
    for number in range(2, 42):
        enters(services, clock, number)
    page = text(person().get(sign))
    assert 'data-state="full"' in page
    assert "만석(입장 제한)" in page
    assert "지금은 들어올 수 없습니다." in page


def test_an_address_that_was_renewed_or_ended_is_not_found(person, sign):
    manager = person("manager")
    manager.post("/manager/GP-001/sign")
    assert "안내판의 새 주소를 만들었습니다" in text(manager.get("/manager/GP-001/sign"))
    assert person().get(sign).status_code == 404
    assert person().get(f"/api/v1/signs{sign.removeprefix('/sign')}").status_code == 404
    newer = re.search(r"/sign/[\w-]{12}", text(manager.get("/manager/GP-001/sign")))[0]
    assert person().get(newer).status_code == 200
    manager.post("/manager/GP-001/sign", {"end": "1"})
    assert person().get(newer).status_code == 404
    assert "안내판 만들기" in text(manager.get("/manager/GP-001/sign"))
    manager.post("/manager/GP-001/sign")
    assert "안내판을 만들었습니다" in text(manager.get("/manager/GP-001/sign"))  # none was before it


def test_only_the_own_manager_makes_a_sign_and_a_sensitive_facility_has_none(person):
    assert person("manager").post("/manager/GP-002/sign").status_code == 404
    for role in ("staff", "officer"):
        assert person(role).post("/manager/GP-001/sign").status_code == 403
    admin = person("admin")
    assert admin.post("/manager/GP-002/sign").status_code == 303
    page = text(admin.get("/manager/GP-002/sign"))
    assert "민감 시설에는 안내판을 만들 수 없습니다." in page
    assert "/sign/" not in re.sub(r"/manager/GP-002/sign", "", page)


def test_the_languages_go_round_only_where_they_are_asked_for(person, sign):
    assert 'id="sign-stop"' not in text(person().get(sign))
    assert 'id="sign-stop"' in text(person().get(f"{sign}?lang=all"))


def test_every_word_of_rules_and_limits_has_a_message_id():
    ids = {str(one._args[0]) for one in (*limit_words.CROWDING, *limit_words.LIMITS, *limit_words.NOTES)}
    assert set(capacity.CROWDING_WORDS.values()) <= ids
    assert {rule.note for rule in RULES if rule.note} <= ids
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(capacity))) if isinstance(node, ast.Call)]
    forms = {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func) == "Sentence" and isinstance(call.args[0], ast.Constant)
    }
    assert len(forms) > 8
    assert {form for form in forms if not form.endswith("다.")} <= ids
