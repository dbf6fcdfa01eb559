"""How calls cross the border of the vault's process: frames of msgpack, and values by the annotations of methods.

A frame is its length (4 bytes, big-endian) and a msgpack object. A request is ``{"call": name, "with": {parameter:
value}}``; an answer is ``{"value": …}``, ``{"refused": {"code", "facts", …}}`` for a named refusal, or
``{"failed": true}`` without any detail. Dates and times are text, bytes are bytes, a mapping is a list of pairs.
"""

import inspect
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from entry_service.core.errors import EntryError, Sentence, Unavailable

LONGEST = 32 * 1024 * 1024  # bytes of a frame: a million passes of one day to group, or as many numbers
_LENGTH = struct.Struct(">I")


class FrameRefused(Exception):
    """A frame is longer than ``LONGEST``, or holds what no frame holds: the two sides do not speak the same."""


def pack(message: Mapping[str, Any]) -> bytes:
    """Return the frame of a message; raise ``FrameRefused`` over ``LONGEST``."""
    body = msgspec.msgpack.encode(message)
    if len(body) > LONGEST:
        raise FrameRefused
    return _LENGTH.pack(len(body)) + body


def receive(connection: socket.socket, *, mid_frame_seconds: float | None = None) -> dict[str, Any] | None:
    """Return the next message, None where the other side ended between two frames.

    The connection's own timeout bounds the wait for the frame; ``mid_frame_seconds`` each wait inside it.

    Raises
    ------
    ConnectionError
        The other side ended inside a frame.
    FrameRefused
        The frame is too long or no message.
    """
    head = connection.recv(_LENGTH.size)
    if not head:
        return None
    if mid_frame_seconds is not None:
        connection.settimeout(mid_frame_seconds)
    head += _exactly(connection, _LENGTH.size - len(head))
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST:
        raise FrameRefused
    try:
        return msgspec.msgpack.decode(_exactly(connection, length), type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise FrameRefused from wrong


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            raise ConnectionResetError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class Form:
    """How arguments and result of one method cross; made from its annotations."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Read the annotations; raise ``TypeError`` where a parameter or the result has none."""
        parameters = list(inspect.signature(function).parameters.values())[1:]  # without self
        hints = get_type_hints(function)
        missing = [one.name for one in parameters if one.name not in hints]
        if missing or "return" not in hints:
            raise TypeError(f"{function.__qualname__} is not annotated: {missing or 'return'}")
        self._signature = inspect.Signature(parameters)
        self._result = hints.pop("return")
        self._hints = hints
        self._needed = {one.name for one in parameters if one.default is one.empty}

    def pack_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameter → plain value; raise ``TypeError`` where the call does not fit."""
        given = self._signature.bind(*args, **kwargs).arguments
        return {name: _plain(value, self._hints[name]) for name, value in given.items()}

    def arguments(self, raw: Any) -> dict[str, Any]:
        """Return the arguments as the method takes them; raise ``msgspec.ValidationError`` for any other."""
        if not isinstance(raw, dict) or not self._needed <= raw.keys() <= self._hints.keys():
            raise msgspec.ValidationError
        return {name: _convert(value, self._hints[name]) for name, value in raw.items()}

    def pack_result(self, value: Any) -> Any:
        """Return the plain value of a result."""
        return _plain(value, self._result)

    def result(self, raw: Any) -> Any:
        """Return the result as the method gives it; raise ``msgspec.ValidationError`` for any other."""
        return _convert(raw, self._result)


@cache
def form_of(function: Callable[..., Any]) -> Form:
    """Return the form of a method, made once."""
    return Form(function)


def _plain(value: Any, hint: Any) -> Any:
    """Return what msgpack can say: dates as text, a mapping as pairs, anything that is gone through as a list."""
    if get_origin(hint) in {dict, Mapping}:
        value = list(value.items())
    elif get_origin(hint) in {list, Iterable, Iterator}:
        value = list(value)
    return msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=_text)


def _convert(raw: Any, hint: Any) -> Any:
    if get_origin(hint) in {dict, Mapping}:
        key, value = get_args(hint)
        return dict(msgspec.convert(raw, list[tuple[key, value]], builtin_types=(bytes,)))
    return msgspec.convert(raw, hint, builtin_types=(bytes,))


def _text(value: Any) -> str:
    """Return a text of a class of its own, such as ``Sentence``, as plain text."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} does not cross the border of a process")


def pack_refusal(refusal: EntryError) -> dict[str, Any]:
    """Return a refusal as code and facts, with its sentence where the instance has one of its own."""
    packed: dict[str, Any] = {"code": refusal.code, "facts": _plain(refusal.facts, Any)}
    if "sentence" in vars(refusal):
        sentence = refusal.sentence
        if isinstance(sentence, Sentence):
            packed["form"], packed["figures"] = sentence.form, _plain(sentence.figures, Any)
        else:
            packed["sentence"] = sentence
    return packed


def refusal_of(packed: Any) -> EntryError:
    """Return the refusal of the class that has this code; ``Unavailable`` where none here has."""
    code, facts = packed.get("code"), packed.get("facts", {})
    kind = next((kind for kind in _kinds(EntryError) if kind.code == code), None)
    if kind is None:
        return Unavailable(reason="vault")
    sentence = packed.get("sentence")
    if "form" in packed:
        sentence = Sentence(packed["form"], **packed["figures"])
    refusal = kind.__new__(kind)
    EntryError.__init__(refusal, sentence, **facts)  # a class's own __init__ may take something else
    return refusal


def _kinds(base: type[EntryError]) -> Iterator[type[EntryError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
