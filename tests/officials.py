"""What the authority does with the service, well and wrongly: from a case to its contacts and back to nothing."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask

from entry_service.core.times import KST
from entry_service.usecases.doors import pins

from .canaries import CASE_NUMBER, NAME, OTHER_PHONE, PASSWORD_TRIED, PHONE, RESIDENCE, SAFETY_CODE, Net
from .web.camera import Phone, forged
from .web.conftest import ROLES, Person, code_for
from .web.furnished import address as address_with
from .web.routes import address, rules

NOT_PUBLIC = (f"문의 {PHONE}", f"{SAFETY_CODE} 소지자", f"{CASE_NUMBER}-0 동선", PHONE * 30)
IN_THE_LIST = {"phone", "safety code", "residence", "case number"}  # a list that is taken along names nobody
EXPORTS = ("contacts.xlsx", "contacts.csv", "contacts/print")


@dataclass
class Office:
    """Whoever is signed in, and what their pages told."""

    app: Flask
    net: Net
    clock: object
    people: dict[str, Person]
    known: dict[str, str] = field(default_factory=dict)  # what stands in addresses
    others: list[str] = field(default_factory=list)  # addresses of cases without a contact list

    def code(self, login: str) -> str:
        """Return a fresh code, which nothing may repeat."""
        code = code_for(self.app, login)
        self.net.add("factor code", code)
        return code

    def page(self, role: str, path: str) -> str:
        """Return a page that is there."""
        answer = self.people[role].get(path)
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)

    def posts(self, role: str, path: str, form: dict[str, object], *statuses: int):
        """Send a form that is answered so."""
        answer = self.people[role].post(path, form)
        assert answer.status_code in statuses, (path, form, answer.status_code)
        return answer


def half_session(app: Flask) -> str:
    """Give the right password, then a wrong code; return what lies between password and code."""
    person = Person(app.test_client())
    assert person.gives_password("officer").status_code == 303
    for code in (PHONE, NAME):
        assert person.post("/login/code", {"code": code}).status_code == 422
    return person.client.get_cookie("half").value


def sign_in(app: Flask, net: Net, clock) -> Office:
    """Sign in wrongly with what people type by mistake, then rightly as everybody."""
    lost = Person(app.test_client())
    for login, password in (
        (PHONE, PASSWORD_TRIED),
        (NAME, NAME),
        ("officer", PASSWORD_TRIED),
        ("officer", "x" * 9_000),
    ):
        lost.signs_in(login, password)
    lost.get("/officer")
    office = Office(app, net, clock, {})
    sign_in_again(office)
    net.add("token", half_session(app))
    return office


def sign_in_again(office: Office) -> None:
    """Sign everybody in."""
    for role in ROLES:
        office.people[role] = Person(office.app.test_client())
        assert office.people[role].signs_in(role).status_code == 303
        office.net.add("token", office.people[role].client.get_cookie("session").value)


def register(office: Office, phone: Phone, turn: int = 0) -> None:
    """Register three cases after mistakes: by a pass, by a phone, and by a place whose visitors are contacts."""
    at = office.clock()
    day = str(at.astimezone(KST).date())
    form = {"number": f"{CASE_NUMBER}-{turn}-1", "onset": day, "passes": phone.code(at - timedelta(hours=1))}
    place = {
        "place-0-facility": "GP-001",
        "place-0-start": typed(at - timedelta(hours=1)),
        "place-0-end": typed(at),
    }
    for change in (
        {"onset": NAME},
        {"passes": NAME},
        {"passes": forged(form["passes"])},
        {"number": NAME},
        {"number": PHONE},
        {"number": SAFETY_CODE},
        {"phone": NAME},
        {"isolated_on": PHONE},
        {"place-0-facility": NAME},
        {**place, "place-0-start": PHONE},
    ):
        office.posts("officer", "/officer/cases", {**form, **change}, 422)
    by_pass = office.posts("officer", "/officer/cases", form, 303).location
    office.posts("officer", "/officer/cases", form, 409)
    searched = {"number": f"{CASE_NUMBER}-{turn}-2", "onset": day, "phone": PHONE}
    by_phone = office.posts("officer", "/officer/cases", searched, 303).location
    for number, statuses in ((OTHER_PHONE, (303,)), (SAFETY_CODE, (303,)), (NAME, (422,)), (PHONE, (303,))):
        office.posts("officer", f"{by_phone}/phone", {"phone": number}, *statuses)
    office.posts("officer", f"{by_phone}/phone", {"phone": PHONE}, 429)  # the day's budget
    office.posts("officer", "/officer/cases", {**searched, "number": f"{CASE_NUMBER}-{turn}-9"}, 429)
    told = {"number": f"{CASE_NUMBER}-{turn}", "onset": day, **place}
    at_place = office.posts("officer", "/officer/cases", told, 303)
    office.others = [by_pass, by_phone]
    office.known["case_id"] = at_place.location.rpartition("/")[2]
    office.page("officer", by_phone)
    office.page("officer", "/officer/cases")


def typed(at: datetime) -> str:
    """Return a moment as a form takes it."""
    return f"{at.astimezone(KST):%Y-%m-%dT%H:%M}"


def disclose(office: Office) -> None:
    """Ask, return, ask again, approve, open: with wrong codes and other people's requests first."""
    case = f"/officer/cases/{office.known['case_id']}"
    [place] = re.findall(r'name="place" value="([0-9a-f]{16})"', office.page("officer", case))
    form = {"place": place, "purpose": "contact_tracing"}
    office.posts("officer", f"{case}/disclosures", {**form, "preview": "1"}, 200)
    for change, status in (
        ({"code": PHONE}, 422),
        ({"code": "000000"}, 422),
        ({"code": office.code("officer"), "purpose": NAME}, 403),
        ({"code": office.code("officer"), "place": NAME}, 403),
        ({"code": office.code("officer"), "least": NAME}, 422),
    ):
        office.posts("officer", f"{case}/disclosures", {**form, **change}, status)
    office.posts("officer", f"{case}/disclosures", {**form, "code": office.code("officer")}, 303)
    [first] = re.findall(r'href="(/approver/[0-9a-f]{64})"', office.page("approver", "/approver"))
    office.page("approver", first)
    for remark in (PHONE * 20, f"{PHONE}에 먼저", f"{SAFETY_CODE} 제외", ""):
        office.posts("approver", first, {"decision": "return", "remark": remark}, 422)
    office.posts("approver", first, {"decision": "approve", "code": PHONE}, 422)
    office.posts("approver", first, {"decision": "return", "remark": "장소를 줄이시기 바랍니다."}, 303)
    office.clock.passes(minutes=1)
    office.posts("officer", f"{case}/disclosures", {**form, "code": office.code("officer")}, 303)
    [second] = re.findall(r'href="(/approver/[0-9a-f]{64})"', office.page("approver", "/approver"))
    office.known["request_hash"] = second.rpartition("/")[2]
    office.posts("officer", f"{case}/disclosures/{office.known['request_hash']}/open", {}, 409)  # nobody approved
    office.posts("approver", second, {"decision": "approve", "code": office.code("approver")}, 303)
    opening = f"{case}/disclosures/{office.known['request_hash']}/open"
    office.posts("officer", opening, {}, 303)
    office.posts("officer", opening, {}, 409)  # once


def follow_up(office: Office) -> None:
    """Read the list, note states, take it along in every form; see that it holds the canaries."""
    contacts = f"/officer/cases/{office.known['case_id']}/contacts"
    page = office.page("officer", contacts)
    for held in (NAME, PHONE, SAFETY_CODE, RESIDENCE):
        assert held in page, held
    for number, state, status in ((1, "called", 303), (1, "tested", 303), (2, "closed", 303), (99, "called", 404)):
        office.posts("officer", f"{contacts}/{number}", {"state": state}, status)
    office.posts("officer", f"{contacts}/1", {"state": NAME}, 422)
    office.page("officer", f"{contacts}?state=called")
    case = contacts.removesuffix("/contacts")
    for export in EXPORTS:
        office.posts("officer", f"{case}/{export}", {"reason": NAME}, 422)
        answer = office.posts("officer", f"{case}/{export}", {"reason": "field_work"}, 200)
        assert office.net.found(answer.data) >= IN_THE_LIST, export
    for role in ("approver", "auditor", "admin", "manager"):
        assert office.people[role].get(contacts).status_code == 403
        office.posts(role, f"{case}/contacts.csv", {"reason": "field_work"}, 403)


def publish(office: Office) -> None:
    """Tell the public a place, and write what may not be told into each field that takes words."""
    case = f"/officer/cases/{office.known['case_id']}"
    visits = re.findall(r'name="visit" value="([\d.]+)"', office.page("officer", f"{case}/places"))
    office.posts("officer", f"{case}/places", {"visit": PHONE}, 422)
    office.posts("officer", f"{case}/places", {"visit": visits[0]}, 303)
    [place] = re.findall(r'name="place" value="(\d+)"', office.page("officer", "/officer/places"))
    office.known["place_id"] = place
    path = f"/officer/places/{place}"
    page = office.page("officer", path)
    form = {name: re.search(rf'name="{name}" type="[^"]+" value="([^"]*)"', page)[1] for name in ("start", "end")}
    for words in NOT_PUBLIC:
        office.posts("officer", path, {**form, "remark": words}, 422)
    office.posts("officer", path, {**form, "start": PHONE, "remark": ""}, 422)
    office.posts("officer", path, {**form, "remark": "2층 열람실"}, 303)
    office.posts("officer", "/officer/places/publish", {"place": place}, 303)
    office.page("officer", f"/officer/message?place={place}")
    for words in (*NOT_PUBLIC, f"{NAME} 님 방문"):  # no rule knows a name, and no text is kept
        for do in ("check", "keep"):
            office.posts("officer", "/officer/message", {"place": place, "text": words, "do": do}, 200, 422)
    told = {"place": place, "text": "[군포시] 8.25. 산본도서관 방문자는 보건소로 연락 바랍니다.", "do": "keep"}
    office.posts("officer", "/officer/message", told, 200)
    for path in ("/officer/places.xlsx", "/officer/places.csv", "/officer/report.xlsx", "/officer/report"):
        assert office.people["officer"].get(path).status_code == 200
    office.posts("officer", "/officer/report", {}, 200)
    office.people["officer"].get("/officer/report", query_string={"day": "x"})


def close(office: Office) -> None:
    """Close the cases; the list is shown until it is destroyed, and nobody is asked for any more."""
    for other in office.others:
        office.posts("officer", f"{other}/close", {}, 303)
    case = f"/officer/cases/{office.known['case_id']}"
    office.posts("officer", f"{case}/close", {}, 303)
    office.page("officer", case)
    office.page("officer", f"{case}/contacts")
    office.posts("officer", f"{case}/phone", {"phone": PHONE}, 403, 409)


def review(office: Office) -> None:
    """Read the audit, its month, the public counts."""
    month = f"{office.clock().astimezone(KST):%Y-%m}"
    office.known["month"] = month
    for action in ("phone_searched", "contacts_exported", "refused", "disclosure_returned"):
        office.page("auditor", f"/auditor?month={month}&account=A-officer&action={action}")
    office.posts("auditor", "/auditor/verify", {}, 303)
    for path in ("/auditor", f"/auditor/months/{month}"):
        office.page("auditor", path)
    for path in ("/transparency", "/places", "/my", "/"):
        assert office.app.test_client().get(path).status_code == 200


def every_page(office: Office, services, *, after: bool = False) -> int:
    """Open every page of everybody, of what exists and of what does not; return how many were there."""
    if "sign_id" not in office.known:
        pins.set_pin(services, "GP-001", "482913", office.clock())
        office.known |= {"facility_id": "GP-001", "account_id": "A-staff", "sign_id": "unknown", "place_id": "1"}
    day = str(office.clock().astimezone(KST).date() - timedelta(days=28 if after else 0))
    known = {**office.known, "day": day, "poster": "unknown", "language": "ko"}
    there = 0
    for rule in rules(office.app):
        access = office.app.view_functions[rule.endpoint].access
        for role in access.roles if "GET" in rule.methods else ():
            office.people[role].get(address(rule))
            if set(rule.arguments) <= known.keys() and not rule.rule.endswith((".pdf", ".png")):
                there += office.people[role].get(address_with(rule, known)).status_code == 200
    return there
