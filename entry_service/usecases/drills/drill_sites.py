"""Which sites take part in a drill: named ones, or drawn ones, never a sensitive one; and the passes of each.

What a drill says of a site is printed with its name, and a site without a device has nobody who could read a pass.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from entry_service.core.drills import DOORS, MOST_PEOPLE, PID_MARK, DrillPass
from entry_service.core.errors import BadInput, Sentence
from entry_service.core.model import Facility
from entry_service.store.sites import devices, facilities

Random = Callable[[int], bytes]


def sites_for_drill(db: Connection, named: Sequence[str] = (), *, with_device: bool) -> list[Facility]:
    """Return the facilities that may take part, by identifier; of ``named`` ones exactly those.

    Parameters
    ----------
    named : sequence of str
        Identifiers, or whole names that only one facility has.
    with_device : bool
        Only those with a device that is not revoked.

    Raises ``BadInput`` (``named``), which says which one cannot, and why.
    """
    known = facilities.all(db)
    living = devices.sites_with_one(db) if with_device else {one.facility_id for one in known}
    if not named:
        return [one for one in known if not one.sensitive and one.facility_id in living]
    chosen = {one.facility_id: one for one in (_meant(known, text) for text in named)}
    for one in chosen.values():
        if one.sensitive:
            raise _refused(Sentence("%(site)s: 민감 시설은 훈련에 참여하지 않습니다.", site=one.name))
        if one.facility_id not in living:
            raise _refused(Sentence("%(site)s: 등록된 기기가 없어 참여할 수 없습니다.", site=one.name))
    return [chosen[facility_id] for facility_id in sorted(chosen)]


def _meant(known: Sequence[Facility], text: str) -> Facility:
    found = [one for one in known if one.facility_id == text] or [one for one in known if one.name == text]
    if len(found) == 1:
        return found[0]
    if found:
        raise _refused(Sentence("%(site)s: 이름이 같은 시설이 여럿입니다. 번호로 입력하시기 바랍니다.", site=text))
    raise _refused(Sentence("%(site)s: 등록되지 않은 시설입니다.", site=text))


def _refused(sentence: Sentence) -> BadInput:
    return BadInput(sentence, field="named")


def drawn(known: Sequence[Facility], many: int, random: Random) -> list[Facility]:
    """Return so many facilities, each as likely as any other."""
    return sorted(known, key=lambda _: random(8))[:many]


def made_passes(chosen: Sequence[Facility], contacts: int, random: Random) -> list[DrillPass]:
    """Return the passes of a drill: at each site an index, a stranger and its contacts, doors in turn."""
    numbers = sorted(range(1, MOST_PEOPLE + 1), key=lambda _: random(4))[: contacts + 2 * len(chosen)]
    people = iter(numbers)

    def new(facility: Facility, role: Any, turn: int) -> DrillPass:
        return DrillPass(
            pid=PID_MARK + random(6),
            facility_id=facility.facility_id,
            role=role,
            door="pass" if role != "contact" else DOORS[turn % len(DOORS)],
            person=next(people),
            leaves=role != "contact" or DOORS[turn % len(DOORS)] == "pass",
            seed=random(16),
            token=random(16).hex(),
        )

    made = [new(facility, role, 0) for facility in chosen for role in ("index", "stranger")]
    return made + [new(chosen[turn % len(chosen)], "contact", turn // len(chosen)) for turn in range(contacts)]
