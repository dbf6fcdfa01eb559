"""Examples of the operations on runs of the analytics, for the description of the API."""

from typing import Any

RUNS: dict[str, dict[str, Any]] = {
    "run_api.results_status": {
        "answer": {
            "latest": "20200825T173000-3fa9",
            "as_of": "2020-08-25T17:29:58+09:00",
            "created": "2020-08-25T17:30:04+09:00",
            "watching": True,
            "progress": {
                "id": "9c41d07be2a85f13",
                "kind": "hotspots",
                "state": "running",
                "step": "person_scan",
                "title": {"ko": "확진자 방문을 훑는 중", "en": "Scanning for persons (decides hot)"},
                "done": 412,
                "of": 999,
                "fraction": 0.47,
                "started_at": "2020-08-25T18:00:01+09:00",
                "updated_at": "2020-08-25T18:00:06.200+09:00",
                "run": None,
                "error": None,
            },
        }
    },
    "run_api.run_now": {
        "answer": {"id": "9c41d07be2a85f13", "kind": "hotspots", "status": "/api/v1/results/status"}
    },
    "run_api.plan_now": {
        "body": {"teams": 2, "begin": "2020-08-26T13:00:00+09:00", "hours": 5, "sites": 1},
        "answer": {"id": "51d0aa6b0c7e3f92", "kind": "plan", "status": "/api/v1/results/status"},
    },
}
