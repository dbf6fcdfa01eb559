"""Read the second place line by line, as a stream, and hold every line to the one before it."""

from .audit_rows import Trusted
from .checkpoints import LONGEST_LINE, Checkpoint, SecondPlace, read_line, with_fragment


class Edited(Exception):
    """A line is none that the audit wrote, or not where it wrote it."""


class Lines:
    """The checkpoints in order. Opened once; sees what is appended meanwhile."""

    def __init__(self, place: SecondPlace, trusted: Trusted) -> None:
        """Open the file, where there is one, and find the resumptions in it; ``size`` is what it holds now."""
        self._trusted, self._before = trusted, ""
        self._file = open(place.path, "rb") if place.path.exists() else None  # noqa: SIM115
        self.position = self.size = 0
        self._backs: list[tuple[int, int]] = []
        while (line := self._raw()) is not None:
            found = read_line(line) if b'"resumed"' in line else None
            if found is not None and found.kind == "resumed":
                self._backs.append((self.position, found.seq))
        if self._file is not None:
            self.size = self._file.seek(0, 2)
            self._file.seek(0)
            self.position = 0

    def next(self) -> Checkpoint | None:
        """Return the next whole line; None where there is none yet. Raises ``Edited``."""
        begun, before, line = self.position, self._before, self._raw()
        while line is not None and (found := read_line(line)) is None:
            before = with_fragment(before, line)
            line = self._raw()
        if line is None:
            self._back_to(begun)
            return None
        if not found.holds(self._trusted, before):
            raise Edited
        self._before = found.signature
        return found

    def is_taken_back(self, line: Checkpoint) -> bool:
        """Say whether a later resumption took back the line that was just read."""
        return any(position > self.position and back < line.seq for position, back in self._backs)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _raw(self) -> bytes | None:
        if self._file is None:
            return None
        line = self._file.readline(LONGEST_LINE)
        if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            self._back_to(self.position)
            return None
        self.position += len(line)
        return line

    def _back_to(self, position: int) -> None:
        if self._file is not None:
            self._file.seek(position)
        self.position = position
