"""What a staff device may do, by its profile: one table for the routes, the parts of a batch and the documents.

``desk`` stands beside somebody of the staff and may do everything. ``gate`` lets people in and out and undoes what
it did. ``kiosk`` stands alone: nobody at it may take back an entry, empty the house or vouch for somebody without
a phone.
"""

from .errors import NotAllowed
from .model import Device, Profile

Act = str
SCAN, LOOK, UNDO, CLOSING = "scan", "look", "undo", "closing"
SLIP, CARD, PIN, OVERRIDE = "slip", "card", "pin", "override"
ACTS: tuple[Act, ...] = (SCAN, LOOK, UNDO, CLOSING, SLIP, CARD, PIN, OVERRIDE)
MAY: dict[Profile, frozenset[Act]] = {
    "desk": frozenset(ACTS),
    "gate": frozenset({SCAN, LOOK, UNDO}),
    "kiosk": frozenset({SCAN, PIN, OVERRIDE}),  # the manager comes and types the PIN
}


def may(device: Device, act: Act) -> bool:
    """Say whether the device's profile allows this; an unknown profile allows nothing."""
    return act in MAY.get(device.profile, frozenset())


def assert_may(device: Device, act: Act) -> None:
    """Raise ``NotAllowed`` where the device's profile does not allow this."""
    if not may(device, act):
        raise NotAllowed("이 기기에서는 할 수 없는 작업입니다. 시설 관리자에게 문의하시기 바랍니다.")
