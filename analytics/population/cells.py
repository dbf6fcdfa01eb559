"""Finds and reads the wanted cells of a table of text, compiled: one pass over the bytes, one row a line.

A library's reader fills short rows, skips or refuses long ones, and forgets the line; here every line becomes a
row that knows its number and its faults. Works on bytes because neither UTF-8 nor CP949 has a quote, separator,
digit or line end inside a longer character.
"""

import numpy as np
from numba import njit

QUOTE, SPACE, TAB, CR, LF = 34, 32, 9, 13, 10
BAD = -1
COMMA, POINT, STAR, ZERO, NINE = 44, 46, 42, 48, 57
READ, MASKED, OTHER = 0, 1, 2
"""What a number's cell is: a plain decimal, ``*``, or something that needs a closer look."""
EXACT = 10**15
"""Below this a mantissa divided by a power of ten is the float nearest to the text."""


@njit(nogil=True, cache=True)
def find_cells(text, separator, order, lines):  # pragma: no cover (compiled)
    """Return begin, end of wanted cells (cell, row); by row: line, from 0; cells; last cell with text;
    quoting at fault; and how many lines there were.

    `order[column]` is the wanted cell's place in begin and end, or −1; `lines` bounds the rows. Cells are without
    quotes and outer spaces. A line without any text is no row. A quote never holds a line end: the row ends there,
    and is at fault.
    """
    wanted = order.max() + 1
    begin = np.zeros((wanted, lines), np.int64)
    end = np.zeros((wanted, lines), np.int64)
    line, cells = np.empty(lines, np.int64), np.empty(lines, np.int64)
    filled, fault = np.empty(lines, np.int64), np.zeros(lines, np.bool_)
    row, number, at, size = 0, 0, 0, len(text)
    while at < size:
        column, last, broken = 0, -1, False
        while True:
            while at < size and (text[at] == SPACE or text[at] == TAB) and text[at] != separator:
                at += 1
            if at < size and text[at] == QUOTE:
                at += 1
                first = at
                while at < size and text[at] != QUOTE and text[at] != LF and text[at] != CR:
                    at += 1
                stop = at
                if at < size and text[at] == QUOTE:
                    at += 1
                else:
                    broken = True
                while at < size and text[at] != separator and text[at] != LF and text[at] != CR:
                    broken = broken or (text[at] != SPACE and text[at] != TAB)
                    at += 1
            else:
                first = at
                while at < size and text[at] != separator and text[at] != LF and text[at] != CR:
                    at += 1
                stop = at
            while first < stop and (text[first] == SPACE or text[first] == TAB):
                first += 1
            while first < stop and (text[stop - 1] == SPACE or text[stop - 1] == TAB):
                stop -= 1
            if column < len(order) and order[column] >= 0:
                begin[order[column], row], end[order[column], row] = first, stop
            if first < stop:
                last = column
            column += 1
            if at < size and text[at] == separator:
                at += 1
                continue
            break
        if last >= 0 or column > 1 or broken:
            line[row], cells[row], filled[row], fault[row] = number, column, last, broken
            row += 1
        if at < size and text[at] == CR and at + 1 < size and text[at + 1] == LF:
            at += 1
        at += 1
        number += 1
    return begin[:, :row], end[:, :row], line[:row], cells[:row], filled[:row], fault[:row], number


@njit(nogil=True, cache=True)
def read_days(text, begin, end, monthly):  # pragma: no cover (compiled)
    """Return days since 1970-01-01 of cells, or −1 for what is no day of the years 1970–2199.

    Cells are YYYYMMDD, or parted by ``-`` ``.`` ``/`` or ``_``; `monthly`: YYYYMM likewise, its first day.
    """
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    days = np.full(len(begin), BAD, np.int64)
    wanted = 6 if monthly else 8
    for row in range(len(begin)):
        size, value, digits, mark, plain = end[row] - begin[row], 0, 0, 0, True
        if size != wanted and size != wanted + (1 if monthly else 2):
            continue
        for at in range(begin[row], end[row]):
            byte = text[at]
            if ZERO <= byte <= NINE:
                value = value * 10 + (byte - ZERO)
                digits += 1
            elif (digits == 4 or digits == 6) and (mark == 0 or mark == byte):
                plain = plain and (byte == 45 or byte == 46 or byte == 47 or byte == 95)
                mark = byte
            else:
                plain = False
        if not plain or digits != wanted:
            continue
        if monthly:
            value = value * 100 + 1
        year, month, day = value // 10000, value // 100 % 100, value % 100
        if year < 1970 or year > 2199 or month < 1 or month > 12 or day < 1:
            continue
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        if day > lengths[month - 1] + (1 if leap and month == 2 else 0):
            continue
        past = year - 1
        total = 365 * past + past // 4 - past // 100 + past // 400
        for earlier in range(month - 1):
            total += lengths[earlier]
        if leap and month > 2:
            total += 1
        days[row] = total + day - 719163
    return days


@njit(nogil=True, cache=True)
def read_hours(text, begin, end):  # pragma: no cover (compiled)
    """Return hours 0–23 of cells with one or two digits, or −1."""
    hours = np.full(len(begin), BAD, np.int64)
    for row in range(len(begin)):
        size = end[row] - begin[row]
        if size < 1 or size > 2:
            continue
        value = 0
        for at in range(begin[row], end[row]):
            if text[at] < 48 or text[at] > 57:
                value = 99
                break
            value = value * 10 + (text[at] - 48)
        if value < 24:
            hours[row] = value
    return hours


@njit(nogil=True, cache=True)
def read_numbers(text, begin, end):  # pragma: no cover (compiled)
    """Return the decimals of cells, and for each READ, MASKED or OTHER (then the value is NaN).

    Commas may part thousands.
    """
    values, kind = np.full(len(begin), np.nan), np.full(len(begin), OTHER, np.int8)
    for row in range(len(begin)):
        if end[row] - begin[row] == 1 and text[begin[row]] == STAR:
            kind[row] = MASKED
            continue
        mantissa, digits, decimals, group, plain = 0, 0, -1, -1, True
        for at in range(begin[row], end[row]):
            byte = text[at]
            if ZERO <= byte <= NINE and mantissa < EXACT:
                mantissa = mantissa * 10 + (byte - ZERO)
                digits += 1
                if decimals >= 0:
                    decimals += 1
                elif group >= 0:
                    group += 1
            elif byte == POINT and decimals < 0 and (group < 0 or group == 3):
                decimals = 0
            elif byte == COMMA and decimals < 0 and (group == 3 or (group < 0 and 1 <= digits <= 3)):
                group = 0
            else:
                plain = False
                break
        plain = plain and (group < 0 or group == 3)
        if plain and digits > 0 and mantissa < EXACT and decimals <= 15:
            values[row] = mantissa / 10.0 ** max(decimals, 0)
            kind[row] = READ
    return values, kind
