"""Examples of the operations of the disinfection teams, for the description of the API."""

from typing import Any

_STOP = {
    "stop_id": "d-GP-001",
    "order": 1,
    "kind": "disinfect",
    "name": "산본도서관",
    "address": "경기도 군포시 산본로 1",
    "unit_code": "41410580",
    "lon": 126.9352,
    "lat": 37.3616,
    "arrive": "2020-08-26T13:12:00+09:00",
    "leave": "2020-08-26T13:52:00+09:00",
    "open_from": "2020-08-26T09:00:00+09:00",
    "open_until": "2020-08-26T22:00:00+09:00",
    "noted": None,
}
_CHECK = {
    "check_id": "5f0d3a52-8c1e-4a7b-9a3d-0c5b7e1f2a90",
    "plan_id": "20200826T113000-51d0",
    "stop_id": "d-GP-001",
    "team": 1,
    "state": "done",
    "started_at": "2020-08-26T13:15:00+09:00",
    "ended_at": "2020-08-26T13:50:00+09:00",
    "agent": "hypochlorite",
    "ppm": 1000,
    "surfaces": ["handles", "lift", "toilets"],
    "aired_minutes": 30,
    "obstacle": "",
    "remark": "",
}
FIELD: dict[str, dict[str, Any]] = {
    "field_api.field_plan": {
        "answer": {
            "account_id": "A-51d0aa6b0c7e3f92",
            "login": "field.1",
            "plan_id": "20200826T113000-51d0",
            "day": "2020-08-26",
            "team": 1,
            "teams": 2,
            "agent": "hypochlorite",
            "stops": [_STOP],
            "now": "2020-08-26T13:00:04+09:00",
        }
    },
    "field_api.add_checks": {
        "body": {
            "checks": [_CHECK],
            "account_id": "A-51d0aa6b0c7e3f92",
            "device_now": "2020-08-26T14:20:31+09:00",
        },
        "answer": {
            "results": [
                {
                    "id": "5f0d3a52-8c1e-4a7b-9a3d-0c5b7e1f2a90",
                    "state": "done",
                    "obstacle": "",
                    "ended_at": "2020-08-26T13:50:00+09:00",
                    "received_at": "2020-08-26T14:20:32+09:00",
                    "reopens": "2020-08-27",
                }
            ],
            "now": "2020-08-26T14:20:32+09:00",
        },
    },
}
