"""A visitor with a pass, and a staff device that posts readings of it."""

import pytest

from ..camera import phone_with_pass
from .posted import SCANS, scan_id


@pytest.fixture
def visitor(services, clock):
    return phone_with_pass(services, clock())


@pytest.fixture
def post(app, device):
    """Return a function that posts a scan as the device at GP-001."""

    def send(headers=device, **body):
        return app.test_client().post(SCANS, json=body, headers=headers)

    return send


@pytest.fixture
def reading(visitor, clock):
    """Return a function that gives the body of a scan of the visitor's code, shown and read now."""

    def read(number=1, **changes):
        now = clock()
        body = {"text": visitor.code(now), "direction": "auto", "scanned_at": now.isoformat(), "gate": "정문"}
        return {"scan_id": scan_id(number), **body, **changes}

    return read
