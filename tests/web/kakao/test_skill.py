"""The skill server: who may ask, that nothing of a question is kept, and that there is always a sentence.

The requests are ours, in the shape that Kakao documents; every answer is held to skill_response.json.
"""

import logging
from dataclasses import replace

import pytest

from entry_service import create_app
from entry_service.core.errors import Unavailable
from entry_service.usecases.sites import crowding as crowds
from entry_service.web.kakao.skill import HEADER, SKILLS

from .recorded import NEXT, RECORDED, SECRET, text_of


def test_every_skill_has_a_recorded_request_and_answers_it(ask, city):
    assert RECORDED.keys() == SKILLS.keys()
    for skill in SKILLS:
        answer = ask(skill)
        assert answer["template"]["quickReplies"]
        for nothing in ("test-bot-user-key", "test-plusfriend", RECORDED["help"]["userRequest"]["utterance"]):
            assert nothing not in text_of(answer)


@pytest.mark.parametrize(
    "moment",
    [1_790_000_000, "1790000000", "1790101234567", 1_690_000_000.5, "2026-01-01T10:00:00+09:00", "2020-10-11"],
)
def test_a_moment_among_the_parameters_is_no_telephone_number(ask, city, moment):
    params = {"facility": "산본도서관", "sys_date": {"value": moment}}
    assert "산본도서관" in text_of(ask("crowding", "붐벼?", params=params))
    numbers = ("010-0000-1234", "+82 1000001234", "10-0000-1234", "2026-01-01 01000001234", 821000001234)
    numbers += ("1000001234", 1_100_001_234)  # no moments of this era: 010 and 011 without their zero
    for number in numbers:
        assert "적지 마시기" in text_of(ask("crowding", "붐벼?", params=params | {"number": number}))
    assert "적지 마시기" in text_of(ask("crowding", "1000001234"))  # typed, it is one whose zero was left out


def test_without_a_file_of_secrets_there_is_no_skill_server(settings, services, clock):
    app = create_app(replace(settings, kakao_secrets=""), services, clock=clock)
    for headers in ({}, {HEADER: SECRET}, {HEADER: ""}):
        assert app.test_client().post("/kakao/help", json=RECORDED["help"], headers=headers).status_code == 404


def test_only_the_agreed_secret_is_answered_and_the_wrong_ones_are_counted(app):
    client = app.test_client()
    for wrong in (None, "", SECRET[:-1], f"{SECRET} ", SECRET.upper(), "비밀값" * 20):
        headers = {} if wrong is None else {HEADER: wrong.encode().decode("latin-1")}
        answer = client.post("/kakao/help", data=b"{not read at all", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "skill_refused")
    for _ in range(50):
        last = client.post("/kakao/help", headers={HEADER: "wrong"}).status_code
    assert last == 429
    assert client.post("/kakao/help", json=RECORDED["help"], headers={HEADER: SECRET}).status_code == 200
    assert client.post("/kakao/nothing", json=RECORDED["help"], headers={HEADER: SECRET}).status_code == 404
    assert client.get("/kakao/help", headers={HEADER: SECRET}).status_code == 405


def test_two_secrets_hold_while_one_replaces_the_other_without_a_restart(app, secrets):
    client = app.test_client()

    def status(secret: str) -> int:
        return client.post("/kakao/help", json=RECORDED["help"], headers={HEADER: secret}).status_code

    assert (status(SECRET), status(NEXT)) == (200, 403)
    secrets.write_text(f"{SECRET}\n{NEXT}\n")
    assert (status(SECRET), status(NEXT)) == (200, 200)
    secrets.write_text(f"{NEXT}\n")
    assert (status(SECRET), status(NEXT)) == (403, 200)
    for content in ("", "short\n", f"{SECRET}\n{NEXT}\n{SECRET}3\n", "a" * 40):
        secrets.write_text(content)
        assert status(NEXT) == 503
    secrets.write_text(f"{NEXT}\n# whole again\n")
    assert status(NEXT) == 200
    secrets.chmod(0o640)
    assert status(NEXT) == 503
    secrets.unlink()
    assert status(NEXT) == 503


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"userRequest": 3}', b"[" * 5_000, b"\xff\xfe", b"x" * 40_000]
)
def test_what_is_no_request_gets_a_sentence_and_is_not_repeated(app, body, caplog):
    answer = app.test_client().post("/kakao/help", data=body, headers={HEADER: SECRET})
    assert answer.status_code == 200
    assert "지금은 확인할 수 없습니다" in text_of(answer.json)
    assert [one.getMessage() for one in caplog.records if "kakao" in one.getMessage()] in (
        ["kakao skill help: bad_input"],
        ["kakao skill help: 413"],
    )


def test_what_kakao_leaves_empty_is_as_if_it_were_not_there(app):
    empty = {"utterance": None, "user": None, "lang": None, "params": None}
    for action in (None, {"params": None, "detailParams": None, "clientExtra": None}):
        body = {"userRequest": empty, "action": action}
        answer = app.test_client().post("/kakao/help", json=body, headers={HEADER: SECRET})
        assert (answer.status_code, "지금은 확인할 수 없습니다" in text_of(answer.json)) == (200, False)


def test_a_fault_of_ours_is_a_sentence_too_and_its_words_are_not_logged(ask, monkeypatch, caplog):
    def fails(*_args, **_facts):
        raise KeyError("아틀란티스")

    monkeypatch.setattr(crowds.facilities, "all", fails)
    assert "지금은 확인할 수 없습니다" in text_of(ask("crowding"))
    assert "kakao skill crowding: KeyError" in caplog.text
    assert "아틀란티스" not in caplog.text


NUMBERS = [
    "010-0000-1234",
    "제 번호는 01000001234예요",
    "０１０ ００００ １２３４",
    "+82 10-0000-1234",
    "공일공 영영영영 일이삼사",
    "12가34나 안심번호",
    "031-390-0000",
    "010/0000/1234",
    "010_0000_1234",
    "010(0000)1234",
    "010—0000—1234",
    "010:0000:1234",
    "010에0000에1234",
    "010 다시 0000 다시 1234",
    "공일공에 영영영영에 일이삼사",
    "010\u200b0000\u200b1234",
    "0507-0000-1234",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("where", ["utterance", "params", "detailParams", "clientExtra", "nested", "as a number"])
def test_a_number_is_refused_wherever_it_stands_and_never_repeated(ask, number, where, caplog):
    caplog.set_level(logging.DEBUG)
    given = {
        "utterance": {"utterance": number},
        "params": {"params": {"phone": number}},
        "detailParams": {"detailParams": {"phone": {"origin": number, "value": "x", "groupName": ""}}},
        "clientExtra": {"clientExtra": {"phone": number}},
        "nested": {"params": {"a": [{"b": {"c": number}}]}},
        "as a number": {"utterance": "x", "params": {"phone": 1000001234, "text": number}},
    }[where]
    said = text_of(ask("crowding", given.pop("utterance", "산본도서관"), **given))
    assert "저장하지 않았습니다" in said
    for part in (number, "1234", "영영영영", "12가34나", "0000"):
        assert part not in said.replace("010-0000", "")
        assert part not in caplog.text


def test_nothing_of_a_question_is_logged_or_counted_by_name(app, ask, caplog):
    caplog.set_level(logging.DEBUG)
    for skill in SKILLS:
        ask(skill, "아틀란티스의 비밀 문장")
    app.test_client().post("/kakao/help", json=RECORDED["help"], headers={HEADER: "wrong"})
    for secret in ("아틀란티스", "test-bot-user-key", SECRET, "wrong"):
        assert secret not in caplog.text
    assert "test-bot-user-key" not in repr(vars(app.extensions["kakao"]["users"]))


def test_one_user_who_asks_too_often_hears_so_and_others_do_not(ask):
    for _ in range(30):
        ask("help")
    assert "1분 뒤에" in text_of(ask("help"))
    assert "1분 뒤에" not in text_of(ask("help", userRequest={"user": {"id": "another", "type": "botUserKey"}}))


def test_where_the_log_cannot_be_read_there_is_still_a_sentence(ask, services, monkeypatch):
    def fails(*_args, **_facts):
        raise Unavailable

    monkeypatch.setattr(crowds.facilities, "all", fails)
    assert "지금은 확인할 수 없습니다" in text_of(ask("crowding"))
