"""One example of each body and answer of the JSON API, shown in its description; tests hold them to the schemas.

The people, numbers and keys in here are made up.
"""

from typing import Any

from .field_examples import FIELD
from .run_examples import RUNS

_PASS = {
    "day": "2020-08-25",
    "first_slot": 4320,
    "slot_count": 1440,
    "slot_seconds": 15,
}
_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
_PROOF = "EPC1" + "0" * 149  # in its form; a real one is signed
_SIGNATURE = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw"

EXAMPLES: dict[str, dict[str, Any]] = {  # endpoint → body and answer, as far as the operation has them
    "slip_api.day_keys": {"answer": {"days": [{"day": "2020-08-25", "public": _KEY}]}},
    "slip_api.new_slip": {
        "body": {
            "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a12",
            "number": "12",
            "scanned_at": "2020-08-25T18:00:00+09:00",
            "direction": "in",
            "party_size": 2,
            "children": 1,
            "contact": {"phone": "010-0000-0000", "residence": "군포시"},
        },
        "answer": {
            "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a12",
            "outcome": "accepted",
            "direction": "in",
            "flags": ["unverified"],
            "occupancy": 14,
            "capacity": 60,
            "limit": 60,
            "crowding": "relaxed",
            "zone": "",
            "received_at": "2020-08-25T09:00:00Z",
            "repeated": False,
        },
    },
    "sign.reading": {
        "answer": {
            "name": "산본도서관",
            "opened": True,
            "open_until": 21,
            "whole": {
                "zone": "",
                "name": "산본도서관",
                "inside": 12,
                "limit": 60,
                "crowding": "relaxed",
                "closed": False,
            },
            "zones": [],
            "now": "2020-08-25T09:00:00Z",
        }
    },
    "rights.my_visits": {
        "body": {"proofs": [_PROOF]},
        "answer": {
            "days": [
                {
                    "day": "2020-08-25",
                    "visits": [
                        {
                            "facility_id": "GP-001",
                            "facility_name": "산본도서관",
                            "entered_at": "2020-08-25T09:00:00Z",
                            "left_at": None,
                            "party_size": 1,
                            "held": False,
                        }
                    ],
                    "destroyed": False,
                }
            ]
        },
    },
    "rights.delete_me": {"body": {"proofs": [_PROOF]}, "answer": {"deleted": 1}},
    "rights.looks": {
        "body": {"verification_id": "Zk3rB8m1cJ5yq0wTn4vLxA", "phone": "010-0000-0000", "code": "314159"},
        "answer": {
            "looks": [
                {
                    "day": "2020-08-26",
                    "action": "disclosure_opened",
                    "purpose": "contact_tracing",
                    "role": "officer",
                }
            ]
        },
    },
    "start.health": {
        "answer": {"status": "ok", "database": "sqlite", "clock": "believed", "destruction": "current"}
    },
    "api.keys": {
        "answer": {
            "keys": [{"kid": 1, "alg": "Ed25519", "public": _KEY, "not_after": None}],
            "now": "2020-08-25T09:00:00Z",
        }
    },
    "api.new_scan": {
        "body": {
            "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a11",
            "text": "EPC1…",
            "direction": "auto",
            "scanned_at": "2020-08-25T18:00:00+09:00",
            "gate": "정문",
            "party_size": 1,
            "children": 0,
            "admit": "ask",
            "pin": "",
        },
        "answer": {
            "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a11",
            "outcome": "accepted",
            "direction": "in",
            "flags": ["unverified"],
            "occupancy": 12,
            "capacity": 60,
            "limit": 60,
            "crowding": "relaxed",
            "zone": "",
            "received_at": "2020-08-25T09:00:00Z",
            "repeated": False,
        },
    },
    "door_api.new_look": {
        "body": {"text": "EPC1…", "scanned_at": "2020-08-25T18:00:00+09:00"},
        "answer": {
            "valid": True,
            "outcome": "accepted",
            "inside": True,
            "direction_if_auto": "out",
            "verified": False,
        },
    },
    "door_api.undo": {
        "body": {"undone_at": "2020-08-25T18:01:00+09:00"},
        "answer": {
            "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a11",
            "outcome": "accepted",
            "direction": "in",
            "flags": ["unverified"],
            "occupancy": 11,
            "capacity": 60,
            "limit": 60,
            "crowding": "relaxed",
            "zone": "",
            "received_at": "2020-08-25T09:00:00Z",
            "repeated": False,
        },
    },
    "tally_api.tell": {
        "body": {
            "since": "2020-08-25T08:55:00+09:00",
            "until": "2020-08-25T18:00:00+09:00",
            "minutes": [[26639040, 3], [26639041, 1]],
            "oldest": "2020-08-25T17:58:10+09:00",
        },
    },
    "sync_api.upload": {
        "body": {
            "v": 1,
            "device_now": "2020-08-25T18:00:00+09:00",
            "items": [
                {
                    "kind": "scan",
                    "scan_id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a11",
                    "text": "EPC1…",
                    "direction": "auto",
                    "scanned_at": "2020-08-25T12:00:00+09:00",
                },
                {"kind": "undo", "scan_id": "0d0f6f1c-0002", "undone_at": "2020-08-25T12:01:00+09:00"},
            ],
        },
        "answer": {
            "results": [
                {
                    "id": "7f0c2d5e-0f4b-4f0e-9a53-6f1f0f0b7a11",
                    "outcome": "accepted",
                    "direction": "in",
                    "flags": ["late"],
                    "received_at": "2020-08-25T09:00:00Z",
                    "repeated": False,
                },
                {"id": "0d0f6f1c-0002", "code": "not_found", "detail": "찾을 수 없습니다."},
            ],
            "now": "2020-08-25T09:00:00Z",
        },
    },
    "door_api.pin": {"body": {"pin": "000000"}},
    "door_api.close": {
        "body": {"closing_id": "0d0f6f1c-closing-1", "closed_at": "2020-08-25T23:00:00+09:00", "zone": ""},
        "answer": {
            "closing_id": "0d0f6f1c-closing-1",
            "closed_at": "2020-08-25T14:00:00Z",
            "zone": "",
            "occupancy": 0,
        },
    },
    "api.occupancy": {
        "answer": {
            "facility_id": "GP-001",
            "occupancy": 12,
            "capacity": 60,
            "limit": 60,
            "crowding": "relaxed",
            "now": "2020-08-25T09:00:00Z",
        }
    },
    "visitor_api.issue": {
        "body": {
            "name": "방문자",
            "phone": "010-0000-0000",
            "days": [{**_PASS, "root": "AAECAwQFBgcICQoLDA0ODw"}],
        },
        "answer": {
            "issued_at": "2020-08-25T09:00:00Z",
            "passes": [
                {
                    **_PASS,
                    "kid": 1,
                    "pid": "AAECAwQFBgc",
                    "verified": False,
                    "sig": _SIGNATURE,
                    "short_handle": "7K3QM",
                    "short_key": _KEY,
                }
            ],
        },
    },
    "visitor_api.begin_verification": {
        "body": {"phone": "010-0000-0000"},
        "answer": {"verification_id": "Zk3rB8m1cJ5yq0wTn4vLxA", "expires_at": "2020-08-25T09:05:00Z"},
    },
    "visitor_api.confirm_verification": {
        "body": {"phone": "010-0000-0000", "code": "123456"},
        "answer": {"certificate": f"kq0rODIxMDAwMDAwMDCu{_SIGNATURE}", "ends_at": "2020-09-24T09:00:00Z"},
    },
    "calls.new_call": {
        "body": {
            "call_id": "2020082518000000017",
            "facility_number": "080-039-0001",
            "caller": "010-0000-0000",
            "called_at": "2020-08-25T18:00:00+09:00",
        },
        "answer": {"message": "방문 등록이 완료되었습니다", "repeated": False},
    },
    "places.told": {
        "answer": {
            "places": [
                {
                    "region": "경기도 군포시",
                    "category": "library",
                    "name": "산본도서관",
                    "address": "경기도 군포시 산본로 1",
                    "start": "2020-08-25T05:00:00Z",
                    "end": "2020-08-25T07:00:00Z",
                    "by_date": False,
                    "disinfected_at": None,
                    "remark": "2층 열람실",
                    "until": "2020-09-08T07:00:00Z",
                }
            ],
            "now": "2020-08-25T09:00:00Z",
        }
    },
    "notices.listed": {
        "answer": {
            "body": '{"v":1,"issued_at":"2020-08-25T09:00:00Z","changed_at":"","stopped_at":null,'
            '"rule":{"high_minutes":15,"after_minutes":30,"days":14},"places":[]}',
            "kid": 1,
            "signature": "A" * 86,
        }
    },
    **RUNS,
    **FIELD,
    "officer.find_facilities": {
        "answer": {
            "facilities": [
                {
                    "facility_id": "GP-001",
                    "name": "산본도서관",
                    "address": "경기도 군포시 산본로 1",
                    "label": "산본도서관 (GP-001)",
                }
            ]
        }
    },
}
