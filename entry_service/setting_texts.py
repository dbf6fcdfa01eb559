"""What the text of a setting means: yes or no, a whole number, one of at least one. See settings.py."""


def flag(text: str) -> bool:
    """Return whether the text says yes."""
    if text.lower() not in {"1", "true", "on", "yes", "0", "false", "off", "no"}:
        raise ValueError("use 1 or 0")
    return text.lower() in {"1", "true", "on", "yes"}


def count(text: str) -> int:
    """Return a whole number, not negative."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("a whole number")
    return int(text)


def positive(text: str) -> int:
    """Return a whole number of at least one: zero of these would let nobody in, or everybody for ever."""
    if count(text) < 1:
        raise ValueError("at least 1")
    return int(text)
