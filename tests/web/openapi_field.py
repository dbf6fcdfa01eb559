"""Notes of the disinfection teams for test_openapi.py: how to bring about what only these operations refuse."""

BODY = {"account_id": "A-field", "checks": []}
CHECK = {
    "check_id": "check-0001",
    "plan_id": "plan-1",
    "stop_id": "d-GP-001",
    "team": 1,
    "state": "could_not",
    "obstacle": "closed",
}


def as_team(caller, **options):
    client = caller.signed_in("field")
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    return caller.call(client=client, headers={"X-CSRFToken": token}, **options)


def csrf(caller):
    return caller.call(client=caller.signed_in("field"), headers={})


def bad_input(caller):
    return as_team(caller, body={**BODY, "surprise": 1})


def too_large(caller):
    content = b"x" * (caller.settings.max_body + 1)
    return as_team(caller, data=content, content_type="application/json")


def wrong_media_type(caller):
    return as_team(caller, data="{}", content_type="text/plain")


def unavailable(caller):
    """Call while the log takes no write."""
    client = caller.signed_in("field")
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    caller.services.store._writer.close()
    times = dict.fromkeys(("started_at", "ended_at"), caller.clock().isoformat())
    return caller.call(client=client, headers={"X-CSRFToken": token}, body={**BODY, "checks": [CHECK | times]})


WAYS = {
    ("field_api.add_checks", code): way
    for code, way in {
        "csrf": csrf,
        "bad_input": bad_input,
        "too_large": too_large,
        "wrong_media_type": wrong_media_type,
        "unavailable": unavailable,
    }.items()
}
