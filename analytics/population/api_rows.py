"""Rows that a data portal's API gave, saved as JSON or XML, as lines of text like those of a file.

Seoul: ``{"SPOP_LOCAL_RESD_DONG": {"list_total_count": …, "RESULT": …, "row": [{…}]}}``, or the same in XML; other
portals put their rows under ``row`` or ``data`` too. Several answers may follow each other in one file.
"""

import json
import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from ..refusals import PopulationRefused

ROWS = ("row", "data", "item")
DISTRICTS = "JACHI"
"""Seoul's answer by district calls the district's code by the name of the dong's."""
DISTRICT_CODE = {"ADSTRD_CODE_SE": "SIGNGU_CODE_SE"}
SEPARATOR = "\t"
Row = dict[str, str]


def as_lines(text: str, name: str) -> str:
    """Return the rows as text: the header's line, and a line for each row.

    Raises
    ------
    PopulationRefused
        It is neither JSON nor XML, or holds no row: then what the API said instead is told.
    """
    rows, said = _from_xml(text, name) if text.startswith("<") else _from_json(text, name)
    if not rows:
        raise PopulationRefused(f"no row in the answer of the API{f': {said}' if said else ''}", file=name)
    names = list(dict.fromkeys(key for row in rows for key in row))
    lines = [names, *([row.get(key, "") for key in names] for row in rows)]
    return "\n".join(SEPARATOR.join(map(_one_cell, line)) for line in lines) + "\n"


def _one_cell(value: str) -> str:
    return re.sub(r'[\s"]+', " ", value)


def _from_json(text: str, name: str) -> tuple[list[Row], str]:
    decoder, at, answers = json.JSONDecoder(parse_float=str, parse_int=str), 0, []
    try:
        while at < len(text):
            answer, at = decoder.raw_decode(text, at)
            answers.append(answer)
            at += len(text[at:]) - len(text[at:].lstrip(", \t\r\n"))
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise PopulationRefused(f"damaged JSON ({error})", file=name, line=line) from error
    rows = list(_json_rows(answers, ""))
    return rows or [_texts(row) for row in _flat(answers)], _message(answers)


def _json_rows(value: object, under: str) -> Iterator[Row]:
    """Yield the rows in any list that is called as lists of rows are."""
    if isinstance(value, list):
        for part in value:
            yield from _json_rows(part, under)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key.lower() in ROWS and isinstance(part, list):
                yield from (_texts(row, under) for row in part if isinstance(row, dict))
            else:
                yield from _json_rows(part, key)


def _flat(answers: list) -> Iterable[dict]:
    """Return the rows of a bare list of them."""
    rows = [row for part in answers for row in (part if isinstance(part, list) else [])]
    return [row for row in rows if isinstance(row, dict)]


def _texts(row: dict, under: str = "") -> Row:
    names = DISTRICT_CODE if DISTRICTS in under.upper() else {}
    return {names.get(key, key): "" if value is None else str(value) for key, value in row.items()}


def _message(value: object) -> str:
    """Return the first message of an answer, such as 'INFO-200 해당하는 데이터가 없습니다.'."""
    if isinstance(value, dict):
        if "MESSAGE" in value:
            return " ".join(str(value[key]) for key in ("CODE", "MESSAGE") if key in value)
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, map(_message, value)), "")
    return ""


def _from_xml(text: str, name: str) -> tuple[list[Row], str]:
    if "<!DOCTYPE" in text[:4096].upper():
        raise PopulationRefused("XML with a document type, which no API of population sends", file=name)
    try:
        root = ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text))
    except ElementTree.ParseError as error:
        raise PopulationRefused(f"damaged XML ({error})", file=name, line=error.position[0]) from error
    rows = [
        _texts({cell.tag: cell.text for cell in row}, root.tag)
        for row in root.iter()
        if row.tag.lower() in ROWS and len(row)
    ]
    message = root.find(".//MESSAGE")
    return rows, "" if message is None else (message.text or "")
