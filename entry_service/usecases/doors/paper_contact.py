"""The contact that stands on paper, a slip or the form of a card: phone and district, or a personal safety code.

No name is asked for either: since 2020-09-11 a handwritten ledger holds none.
"""

from dataclasses import dataclass

from entry_service.core import contacts
from entry_service.core.errors import BadInput
from entry_service.core.model import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipContact:
    """What stands on the slip, as typed; exactly one of phone and safety_code."""

    phone: str = ""
    safety_code: str = ""
    residence: str = ""


def slip_contact(typed: SlipContact) -> Contact:
    """Return the contact of a slip, normalised; a phone comes with the city or district. Raise ``BadInput``."""
    if bool(typed.phone) == bool(typed.safety_code):
        raise BadInput("휴대전화번호와 개인안심번호 가운데 하나를 입력하시기 바랍니다.", field="phone")
    residence = contacts.normalise_residence(typed.residence)
    if typed.safety_code:
        code = contacts.normalise_safety_code(typed.safety_code)
        return Contact(name="", safety_code=code, residence=residence)
    phone = contacts.normalise_phone(typed.phone)
    if not residence:
        raise BadInput("거주지를 시·군·구까지 입력하시기 바랍니다.", field="residence")
    return Contact(name="", phone=phone, residence=residence)
