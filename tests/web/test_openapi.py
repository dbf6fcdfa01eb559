"""The description of the API is valid and whole, and every refusal it promises is really answered so."""

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from openapi_spec_validator import validate

from entry_service import create_app
from entry_service.core.passes import IssuerKey
from entry_service.settings import Settings
from entry_service.store.retention import sunset
from entry_service.web.api.document import NO_CSRF_TOKEN, NO_JSON, PATH, TOO_LARGE, Problem, refusals
from entry_service.web.api.examples import EXAMPLES
from entry_service.web.api.openapi import OPERATIONS
from entry_service.web.frame import errors
from entry_service.web.frame.access import read_access

from . import openapi_door, openapi_field, openapi_rights, openapi_runs
from .camera import forged, phone_with_pass
from .conftest import TOKENS
from .openapi_caller import Caller
from .routes import documented


@pytest.fixture
def document(app):
    return app.test_client().get(PATH).json


def operations(document):
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield f"{method.upper()} {path}", described


def test_the_description_is_valid_openapi_3_1(document):
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_described_and_nothing_else(app, document):
    routes = {
        f"{method} {documented(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") or rule.endpoint == "start.health"
    }
    assert {name for name, _ in operations(document)} == routes


def test_each_operation_says_who_may_call_it_as_the_view_declares(app, document):
    for known in OPERATIONS:
        described = document["paths"][documented(known.path)][known.method.lower()]
        access = app.view_functions[known.endpoint].access
        schemes = {scheme for entry in described["security"] for scheme in entry}
        assert schemes == ({"device", "deviceCookie"} if access.device else set()) | (
            {"session"} if access.roles else set()
        )
        assert read_access(known.auth).roles == access.roles


def test_names_of_operations_are_unique_and_all_have_a_summary(document):
    described = dict(operations(document))
    assert len({one["operationId"] for one in described.values()}) == len(described)
    assert all(one["summary"] for one in described.values())


def test_bodies_take_no_unknown_field(document):
    schemas = document["components"]["schemas"]
    for known in OPERATIONS:
        if known.body:
            assert schemas[known.body.__name__]["additionalProperties"] is False


@pytest.mark.parametrize("part", ["body", "answer"])
def test_every_body_and_answer_has_an_example_that_fits_its_schema(document, part):
    for known in OPERATIONS:
        kind = getattr(known, part)
        if isinstance(kind, type):
            example = EXAMPLES[known.endpoint][part]
            held = msgspec.json.decode(json.dumps(example), type=kind)
            assert set(example) <= set(kind.__struct_fields__)
            assert set(msgspec.structs.asdict(held)) == set(kind.__struct_fields__)
    assert set(EXAMPLES) <= {known.endpoint for known in OPERATIONS}


def test_the_refusals_of_the_framework_are_those_of_the_one_handler():
    said = {(status, code) for status, (code, _) in errors.SENTENCES.items()}
    assert {TOO_LARGE, NO_JSON} <= said
    assert (400, errors.CSRF[0]) == NO_CSRF_TOKEN


# Every operation × every refusal it documents: how to bring it about. One that is documented without a way fails.


def not_signed_in(caller):
    return caller.call(headers={})


def not_allowed(caller):
    allowed = read_access(caller.known.auth).roles
    role = next(role for role in ("officer", "staff") if role not in allowed)
    client = caller.signed_in(role)
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    return caller.call(client=client, headers={"X-CSRFToken": token})


def bad_input(caller):
    if caller.known.query:
        return caller.call(client=caller.signed_in(caller.role()), query_string={})
    return caller.call(body={**caller.body(), "surprise": 1})


def not_found(caller):
    if caller.known.endpoint == "api.occupancy":
        return caller.call(facility="GP-002")  # another facility than the device's own
    if not read_access(caller.known.auth).roles:
        return caller.call()
    return caller.call(client=caller.signed_in(caller.role()))


def too_large(caller):
    return caller.call(data=b"x" * (caller.settings.max_body + 1), content_type="application/json")


def wrong_media_type(caller):
    return caller.call(data=json.dumps(caller.body()), content_type="text/plain")


def csrf(caller):
    client = caller.app.test_client()
    client.set_cookie("device", TOKENS["GP-001"])
    return caller.call(client=client, headers={})


def too_many(caller):
    app = caller.with_setting(public_per_minute=1)
    client = app.test_client()
    caller.call(client=client)
    return caller.call(client=client)


def unavailable(caller):
    if caller.known.endpoint == "start.health":
        file = caller.settings.var / "log.sqlite"
        caller.services.store._engine.dispose()
        file.rename(file.with_suffix(".away"))
        file.mkdir()  # no database can be opened here
        try:
            return caller.call()
        finally:
            caller.services.store._engine.dispose()
            file.rmdir()
            file.with_suffix(".away").rename(file)
    scan = caller.known.endpoint == "api.new_scan"
    body = scanned(caller) if scan else caller.body()
    if caller.known.endpoint == "calls.new_call":
        caller.take_calls()
    store = caller.services.store if scan else caller.services.vault.store
    store._writer.close()
    return caller.call(body=body)


def scanned(caller, *, shift=0, at=None, change=lambda code: code, **more):
    """Return the body of a scan of a real pass, read ``shift`` seconds after its slot."""
    now = caller.clock()
    phone = phone_with_pass(caller.services, now)
    shown = change(phone.code(now - timedelta(seconds=shift)))
    return caller.body(text=shown, scanned_at=(at or now).isoformat(), **more)


def scan_conflict(caller):
    if caller.known.endpoint == "calls.new_call":
        caller.take_calls()
        caller.call()
        caller.clock.passes(seconds=1)
        return caller.call()
    caller.call(body=scanned(caller))
    return caller.call(body=scanned(caller, at=caller.clock() - timedelta(seconds=1)))


def pass_key_unknown(caller):
    other = IssuerKey(9, caller.services.issuer.alg, caller.services.issuer.private)
    foreign = replace(caller.services, issuer=other)
    return caller.call(body=caller.body(text=phone_with_pass(foreign, caller.clock()).code(caller.clock())))


def verification_off(caller):
    return caller.call(app=caller.with_setting(sms="off"))


def calls_off(caller):
    return caller.call(app=caller.with_setting(demo=False, sms="off"))


def signature_refused(caller):
    caller.signature = lambda body: {}
    return caller.call()


def caller_unknown(caller):
    caller.take_calls()
    return caller.call(body=caller.body(caller=""))


def certificate_refused(caller):
    return caller.call(body={**caller.body(), "certificate": "AAAA"})


def collection_ended(caller):
    if caller.known.endpoint == "calls.new_call":
        caller.take_calls()
    ended = sunset.Ending(ends_at=caller.clock() - timedelta(days=400))
    caller.services.store.write(lambda db: sunset.keep(db, ended))
    caller.services.forget_facilities()
    return caller.call()


def daily_cap(caller):
    caller.services.vault._daily_cap = 0
    return caller.call()


WAYS = {
    "collection_ended": collection_ended,
    "daily_cap": daily_cap,
    "not_signed_in": not_signed_in,
    "not_allowed": not_allowed,
    "not_found": not_found,
    "bad_input": bad_input,
    "too_large": too_large,
    "wrong_media_type": wrong_media_type,
    "csrf": csrf,
    "too_many": too_many,
    "unavailable": unavailable,
    "scan_conflict": scan_conflict,
    "pass_malformed": lambda caller: caller.call(body=caller.body(text="EPC1")),
    "pass_forged": lambda caller: caller.call(body=scanned(caller, change=forged)),
    "pass_expired": lambda caller: caller.call(body=scanned(caller, shift=300)),
    "pass_from_future": lambda caller: caller.call(body=scanned(caller, shift=-300)),
    "pass_key_unknown": pass_key_unknown,
    "verification_off": verification_off,
    "calls_off": calls_off,
    "signature_refused": signature_refused,
    "caller_unknown": caller_unknown,
    "call_number_unknown": lambda caller: caller.call(),
    "certificate_refused": certificate_refused,
    "code_refused": lambda caller: caller.call(),
}
create_app(Settings(demo=True))  # imports every blueprint, so that all operations are declared
PROMISED = [
    pytest.param(known.endpoint, status, code, id=f"{known.endpoint}-{code}")
    for known in OPERATIONS
    for status, code in refusals(known)
]


@pytest.mark.parametrize(("endpoint", "status", "code"), PROMISED)
def test_every_documented_refusal_is_answered_documented(app, services, clock, settings, endpoint, status, code):
    known = next(one for one in OPERATIONS if one.endpoint == endpoint)
    special = {**openapi_door.WAYS, **openapi_rights.WAYS, **openapi_runs.WAYS, **openapi_field.WAYS}
    way = special.get((endpoint, code)) or WAYS[code]
    answer = way(Caller(known, app, services, clock, settings))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = msgspec.json.decode(answer.data, type=Problem)
    assert set(answer.json) <= set(Problem.__struct_fields__)
    assert (problem.code, problem.status, problem.type) == (code, status, "about:blank")
    assert problem.detail.endswith(".")
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    if status in {429, 503}:
        assert int(answer.headers["Retry-After"]) >= 1


def test_refusals_are_promised_for_every_operation_that_is_not_open():
    for known in OPERATIONS:
        if not read_access(known.auth).open:
            assert {code for _, code in refusals(known)} >= {"not_signed_in", "not_allowed"}
