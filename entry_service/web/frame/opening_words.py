"""Opening hours as pages say them, to managers and visitors."""

from flask_babel import gettext as _

from entry_service.core.model import Facility


def hours_text(facility: Facility) -> str:
    """Return the opening hours: ``09:00 – 다음 날 02:00``."""
    if facility.opens == 0 and facility.closes == 24:
        return _("24시간")
    return f"{hour_text(facility.opens)} – {hour_text(facility.closes)}"


def hour_text(hour: int) -> str:
    """Return an hour of the day; above 24 it is one of the next day."""
    return _("다음 날 %(time)s", time=f"{hour - 24:02}:00") if hour > 24 else f"{hour:02}:00"
