"""Calls one operation of the API for test_openapi.py, whole or broken in one way; a body of each."""

import json
from dataclasses import replace
from uuid import UUID

from entry_service import create_app
from entry_service.core.signatures import sign
from entry_service.store.sites import facilities
from entry_service.web.frame.access import read_access

from . import openapi_door, openapi_field
from .conftest import TOKENS, Person

WANTED = {
    "day": "2020-08-25",
    "root": "AAECAwQFBgcICQoLDA0ODw",
    "first_slot": 0,
    "slot_count": 9,
    "slot_seconds": 15,
}
BODIES = {
    "api.new_scan": {"scan_id": str(UUID(int=1)), "text": "EPC1", "direction": "auto"},
    "visitor_api.issue": {"name": "시험 방문자", "phone": "010-0000-1234", "days": [WANTED]},
    "visitor_api.begin_verification": {"phone": "010-0000-1234"},
    "visitor_api.confirm_verification": {"phone": "010-0000-1234", "code": "000000"},
    "rights.my_visits": {"proofs": ["EPC1" + "0" * 149]},
    "rights.delete_me": {"proofs": ["EPC1" + "0" * 149]},
    "rights.looks": {"verification_id": "unknown-id", "phone": "010-0000-1234", "code": "000000"},
    "run_api.plan_now": {"teams": 2},
    "field_api.add_checks": openapi_field.BODY,
    "calls.new_call": {"call_id": "1", "facility_number": "080-039-0001", "caller": "010-0000-1234"},
}


class Caller:
    """Calls one operation of a service, whole or broken in one way."""

    def __init__(self, known, app, services, clock, settings):
        self.known, self.app, self.services, self.clock = known, app, services, clock
        self.settings = settings

    def call(self, *, app=None, headers=None, client=None, body=None, facility="GP-001", **options):
        client = client or (app or self.app).test_client()
        path = self.known.path.replace("<facility_id>", facility).replace("<day>", "2020-08-13")
        path = path.replace("<run>", "latest").replace("<layer>", "population").replace("<table>", "emerging")
        path = path.replace("<verification_id>", "unknown-id").replace("<scan_id>", str(UUID(int=1)))
        if self.known.query:
            options.setdefault("query_string", dict.fromkeys(self.known.query, "GP"))
        if self.known.body and "data" not in options:
            options["json"] = body or self.body()
        headers = self.allowed() if headers is None else headers
        if self.known.endpoint == "calls.new_call":
            options = self.as_bytes(options)
            headers = {**headers, **self.signature(options["data"])}
        return client.open(path, method=self.known.method, headers=headers, **options)

    def body(self, **changes):
        door = openapi_door.BODIES.get(self.known.endpoint)
        sent = {**(door(self.clock().isoformat()) if door else BODIES[self.known.endpoint]), **changes}
        if self.known.endpoint == "api.new_scan":
            sent.setdefault("scanned_at", self.clock().isoformat())
        if self.known.endpoint == "calls.new_call":
            sent.setdefault("called_at", self.clock().isoformat())
        return sent

    def as_bytes(self, options):
        """Return the options with the very bytes that are signed."""
        sent = json.dumps(options.pop("json")) if "json" in options else options["data"]
        sent = sent.encode() if isinstance(sent, str) else sent
        return {"content_type": "application/json", **options, "data": sent}

    def signature(self, body):
        key = self.app.extensions["settings"].call_key
        return {"X-Entry-Signature": sign(key, body, self.clock())}

    def take_calls(self):
        """Give the library a telephone number."""
        library = replace(self.services.facility("GP-001"), call_number="0800390001")
        self.services.store.write(lambda db: facilities.update_facility(db, library))

    def allowed(self):
        return {"Authorization": f"Bearer {TOKENS['GP-001']}"} if read_access(self.known.auth).device else {}

    def signed_in(self, role):
        someone = Person(self.app.test_client())
        assert someone.signs_in(role).status_code == 303
        return someone.client

    def role(self):
        return sorted(read_access(self.known.auth).roles)[0]

    def with_setting(self, **changes):
        return create_app(replace(self.settings, **changes), self.services, clock=self.clock)
