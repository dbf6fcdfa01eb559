"""What KakaoTalk sends, as far as it is read: the sentence, the parameters, and who asks, only to count.

Nothing of it is kept, logged or repeated. The shape is open: Kakao adds fields.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from entry_service.core.asked_place import LONGEST, holds_phone
from entry_service.core.errors import BadInput

LARGEST = 32_768  # bytes of a request
DEEPEST = 6  # levels of parameters that are looked at
PLACE = ("facility", "place", "시설", "장소", "sys_location")  # parameters that name a facility


class User(msgspec.Struct, frozen=True):
    """Who asks: Kakao's own number of a person for this one bot."""

    id: str | None = None


class UserRequest(msgspec.Struct, frozen=True):
    """The sentence as it was typed."""

    utterance: str | None = None
    lang: str | None = None
    user: User | None = None
    params: dict[str, Any] | None = None


class Action(msgspec.Struct, frozen=True):
    """What Kakao read from the sentence."""

    params: dict[str, Any] | None = None
    detailParams: dict[str, Any] | None = None  # noqa: N815 - Kakao's name
    clientExtra: dict[str, Any] | None = None  # noqa: N815


class Asked(msgspec.Struct, frozen=True):
    """One request of the skill server."""

    userRequest: UserRequest  # noqa: N815
    action: Action | None = None

    @property
    def user_id(self) -> str:
        """Return who asks, empty where Kakao does not say."""
        return (self.userRequest.user and self.userRequest.user.id) or ""

    @property
    def _action(self) -> Action:
        return self.action or Action()

    @property
    def sentence(self) -> str:
        """Return what names a place: a parameter where Kakao found one, else the sentence."""
        for name in PLACE:
            value = (self._action.params or {}).get(name)
            if isinstance(value, str) and value.strip():
                return value[:LONGEST]
        return (self.userRequest.utterance or "")[:LONGEST]

    def holds_phone(self) -> bool:
        """Say whether a telephone number stands anywhere in what was typed or read from it."""
        read = self._action
        given = (read.params, read.detailParams, read.clientExtra, self.userRequest.params)
        if holds_phone((self.userRequest.utterance or "")[:2_000]):
            return True
        return any(holds_phone(text[:2_000], typed=False) for one in given for text in _texts(one, DEEPEST))


_DECODER = msgspec.json.Decoder(Asked)


def read(body: bytes) -> Asked:
    """Return the request; raise ``BadInput`` for one that is none, without repeating anything of it."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        raise BadInput(field="userRequest") from None


def _texts(value: Any, deep: int) -> Iterator[str]:
    """Yield every text and number in a value; what lies deeper than Kakao ever nests is not looked at."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield f"{value}"
    elif deep and isinstance(value, dict):
        for one in value.values():
            yield from _texts(one, deep - 1)
    elif deep and isinstance(value, list):
        for one in value:
            yield from _texts(one, deep - 1)
