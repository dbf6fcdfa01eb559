"""Requests of the recorded shape, the schema that every answer is held to, and what is read from an answer."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(json.loads((HERE / "skill_response.json").read_text(encoding="utf-8")))
RECORDED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (HERE / "requests").glob("*.json")}
SECRET = "kakao-skill-secret-of-the-tests-0123456789"
NEXT = "the-next-skill-secret-of-the-tests-987654321"
HALL = "군포시청"  # sensitive


def text_of(answer: dict) -> str:
    return json.dumps(answer, ensure_ascii=False)


def card(answer: dict) -> dict:
    return answer["template"]["outputs"][0]["textCard"]


def items(answer: dict) -> list[dict]:
    return answer["template"]["outputs"][0]["listCard"]["items"]
