"""What the tests of the door's API share: where scans go, their numbers, and what the log holds of them."""

from uuid import UUID

from entry_service.store.log import scans

SCANS = "/api/v1/scans"


def scan_id(number: int = 1) -> str:
    return str(UUID(int=number))


def logged(services, number=1):
    with services.store.read() as db:
        return scans.find_scan(db, scan_id(number))
