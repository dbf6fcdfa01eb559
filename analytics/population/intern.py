"""Gives every different text of a column a number, compiled: 0, 1, … as texts are first seen."""

import numpy as np
from numba import njit

FREE = -1


class Texts:
    """The different texts seen so far; grows as rows are looked at."""

    def __init__(self) -> None:
        """Start without any."""
        self._slots = np.full(1 << 10, FREE, np.int32)
        self._marks = np.empty(1 << 9, np.uint64)
        self._bounds = np.zeros((1 << 9) + 1, np.int64)
        self._bytes = np.empty(1 << 13, np.uint8)
        self._size = 0

    def __len__(self) -> int:
        """Return how many different texts there are."""
        return self._size

    def __getitem__(self, number: int) -> bytes:
        """Return a text."""
        return self._bytes[self._bounds[number] : self._bounds[number + 1]].tobytes()

    def numbers(self, text: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the number (int32) of the text of each row, ``text[begin:end]``; new texts are added."""
        numbers, row = np.empty(len(begin), np.int32), 0
        while True:
            tables = self._slots, self._marks, self._bounds, self._bytes
            row, self._size = _intern(text, begin, end, row, *tables, self._size, numbers)
            if row == len(begin):
                return numbers
            self._grow(int(end[row] - begin[row]))

    def _grow(self, room: int) -> None:
        """Make all tables twice as large, with room for one more text at least."""
        self._slots = np.full(2 * len(self._slots), FREE, np.int32)
        self._marks = np.concatenate([self._marks, np.empty_like(self._marks)])
        self._bounds = np.concatenate([self._bounds, np.zeros(len(self._bounds), np.int64)])
        self._bytes = np.concatenate([self._bytes, np.empty(len(self._bytes) + room, np.uint8)])
        _place(self._slots, self._marks, self._size)


@njit(nogil=True, cache=True)
def _place(slots, marks, size):  # pragma: no cover (compiled)
    for number in range(size):
        at = marks[number] & np.uint64(len(slots) - 1)
        while slots[at] != FREE:
            at = (at + np.uint64(1)) & np.uint64(len(slots) - 1)
        slots[at] = number


@njit(nogil=True, cache=True)
def _intern(text, begin, end, row, slots, marks, bounds, held, size, numbers):  # pragma: no cover (compiled)
    """Return the row at which the tables are full, or the number of rows; and how many texts there are."""
    last = np.uint64(len(slots) - 1)
    while row < len(begin):
        length = end[row] - begin[row]
        if size == len(marks) or bounds[size] + length > len(held):
            break
        mark = np.uint64(0xCBF29CE484222325)  # FNV-1a, mixed
        for at in range(begin[row], end[row]):
            mark = (mark ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
        mark = (mark ^ (mark >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        mark = mark ^ (mark >> np.uint64(32))
        slot = mark & last
        while slots[slot] != FREE:
            number = slots[slot]
            if marks[number] == mark and bounds[number + 1] - bounds[number] == length:
                same = True
                for offset in range(length):
                    if held[bounds[number] + offset] != text[begin[row] + offset]:
                        same = False
                        break
                if same:
                    break
            slot = (slot + np.uint64(1)) & last
        if slots[slot] == FREE:
            slots[slot] = size
            marks[size] = mark
            for offset in range(length):
                held[bounds[size] + offset] = text[begin[row] + offset]
            bounds[size + 1] = bounds[size] + length
            size += 1
        numbers[row] = slots[slot]
        row += 1
    return row, size
