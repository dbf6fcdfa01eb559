"""Who may call a route: every view declares it, and a view without a declaration is closed.

``"none"`` is open to all, ``"device"`` asks for a staff device, ``"device:undo"`` for one whose profile may do
that (core/profiles.py), ``"session:officer,admin"`` for a signed-in account with one of the roles;
``"device|session:manager"`` takes either. ``web/frame/auth.py`` holds callers to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from entry_service.core.profiles import ACTS, Act

ROLES = ("staff", "manager", "officer", "approver", "auditor", "admin", "field")
WITH_SECOND_FACTOR = frozenset({"officer", "approver", "auditor", "admin"})  # always, no setting turns it off
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """A declaration: open to all, to devices, to accounts with a role; ``limited`` counts the posts.

    ``act`` is what a device must be allowed to do by its profile, empty where every device may.
    """

    text: str
    device: bool = False
    roles: frozenset[str] = frozenset()
    csrf: bool = True
    limited: bool = False
    act: Act = ""

    @property
    def open(self) -> bool:
        """Say whether nobody has to sign in."""
        return not self.device and not self.roles


def read_access(text: str) -> Access:
    """Return the declaration that the text says; an unknown word is a programmer's error."""
    device, roles, act = False, set(), ""
    for part in text.split("|") if text != "none" else ():
        kind, _, listed = part.partition(":")
        named = set(listed.split(",")) if listed else set()
        if kind == "device" and not named:
            device = True
        elif kind == "device" and listed in ACTS:
            device, act = True, listed
        elif kind == "session" and named and named <= set(ROLES):
            roles |= named
        else:
            raise ValueError(f"cannot read the declaration {text!r}")
    return Access(text, device=device, roles=frozenset(roles), act=act)


def opened_to(text: str) -> Callable[[View], View]:
    """Open the view below to whom the declaration names."""
    access = read_access(text)

    def declare(view: View) -> View:
        view.access = access
        return view

    return declare


def requires(*roles: str) -> Callable[[View], View]:
    """Open the view below to signed-in accounts with one of the roles: ``@requires("staff", "manager")``."""
    return opened_to("session:" + ",".join(roles))


def public(view: View) -> View:
    """Open the view below to everybody."""
    return opened_to("none")(view)


def public_limited(view: View) -> View:
    """Open the view below to everybody, but count the posts of each address (``ENTRY_PUBLIC_PER_MINUTE``)."""
    view.access = Access("none", limited=True)
    return view
