"""Forms of several fields: every field is read, and all that cannot be is told at once, nothing typed is lost."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeVar

from .errors import BadInput

T = TypeVar("T")
N = TypeVar("N", int, float)


class FieldsRefused(BadInput):
    """Fields of a form cannot be read; ``errors`` holds a sentence for each, ``field`` names the first."""

    code = "fields_refused"

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the sentences by field."""
        super().__init__(field=next(iter(errors)))
        self.errors = dict(errors)


class Fields:
    """Reads typed text field by field and remembers every refusal; ``finish`` raises them together."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        """Begin with the text of a form; a missing field is empty."""
        self._typed = typed
        self.errors: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return a field on one line: composed, without spaces around it."""
        return " ".join(unicodedata.normalize("NFC", self._typed.get(name, "")).split())

    def read(self, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Return the parsed field; after a refusal ``fallback``, which ``finish`` keeps from being used."""
        try:
            return parse(self.text(name))
        except BadInput as wrong:
            self.errors[name] = wrong.sentence
            return fallback

    def refuse(self, name: str, sentence: str) -> None:
        """Add a refusal that follows from several fields, unless the field has one already."""
        self.errors.setdefault(name, sentence)

    def finish(self) -> None:
        """Raise ``FieldsRefused`` if any field was refused."""
        if self.errors:
            raise FieldsRefused(self.errors)


def required(longest: int, missing: str) -> Callable[[str], str]:
    """Return a parser of printable text of 1 to ``longest`` characters; ``missing`` is said when it is empty."""

    def parse(text: str) -> str:
        if not text:
            raise BadInput(missing)
        if len(text) > longest:
            raise BadInput("너무 깁니다. 줄여서 입력하시기 바랍니다.")
        if not text.isprintable():
            raise BadInput("보이지 않는 문자가 들어 있습니다. 다시 입력하시기 바랍니다.")
        return text

    return parse


def decimal(low: float, high: float, sentence: str) -> Callable[[str], float]:
    """Return a parser of a decimal number within [low, high]; commas between thousands are allowed."""
    return _number(float, r"-?\d{1,12}(\.\d{1,12})?", low, high, sentence)


def whole(low: int, high: int, sentence: str) -> Callable[[str], int]:
    """Return a parser of a whole number within [low, high]; commas between thousands are allowed."""
    return _number(int, r"\d{1,9}", low, high, sentence)


def _number(kind: Callable[[str], N], form: str, low: N, high: N, sentence: str) -> Callable[[str], N]:
    def parse(text: str) -> N:
        plain = text.replace(",", "")
        if not re.fullmatch(form, plain, re.ASCII) or not low <= kind(plain) <= high:
            raise BadInput(sentence)
        return kind(plain)

    return parse


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return the parser with an empty field allowed: None."""
    return lambda text: parse(text) if text else None


def one_of(allowed: Mapping[str, object] | tuple[str, ...], sentence: str) -> Callable[[str], str]:
    """Return a parser that accepts only listed words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise BadInput(sentence)
        return text

    return parse
