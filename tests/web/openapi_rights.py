"""The visitor's own records for test_openapi.py: how to bring about what only these operations refuse."""

from entry_service.core.actors import SERVICE
from entry_service.core.errors import Unavailable
from entry_service.core.passes import code_text

from .camera import phone_with_pass


def proven(caller):
    """Return the body with the last code of a real pass."""
    phone = phone_with_pass(caller.services, caller.clock())
    count = phone.signed.header.slot_count
    return {"proofs": [code_text(phone.signed, count, phone.elements[count])]}


def asked(caller):
    """Return the body with the code that was just sent."""
    phone = caller.body()["phone"]
    begun = caller.app.test_client().post("/api/v1/verifications", json={"phone": phone}).json
    code = caller.services.vault.verification.messages()[0].text[-6:]
    return {"verification_id": begun["verification_id"], "phone": phone, "code": code}


def audit_away(body):
    """Return a way in which the second place of the audit is not there."""

    def call(caller):
        sent, place = body(caller), caller.settings.audit_copy_dir
        caller.services.vault.audit.append("clock_confirmed", SERVICE, now=caller.clock())
        place.rename(place.with_suffix(".away"))
        return caller.call(body=sent)

    return call


def log_away(caller):
    """Call while the log cannot be read."""
    sent, file = proven(caller), caller.settings.var / "log.sqlite"
    caller.services.store._engine.dispose()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    try:
        return caller.call(body=sent)
    finally:
        caller.services.store._engine.dispose()
        file.rmdir()
        file.with_suffix(".away").rename(file)


def vault_busy(caller):
    """Call while the vault takes no writes beyond its audit."""

    def busy(_day, _pid):
        raise Unavailable(reason="busy")

    sent = proven(caller)
    caller.services.vault.forget = busy
    return caller.call(body=sent)


WAYS = {
    ("rights.my_visits", "proof_refused"): lambda caller: caller.call(),
    ("rights.delete_me", "proof_refused"): lambda caller: caller.call(),
    ("rights.delete_me", "audit_unavailable"): audit_away(proven),
    ("rights.looks", "audit_unavailable"): audit_away(asked),
    ("rights.my_visits", "unavailable"): log_away,
    ("rights.delete_me", "unavailable"): vault_busy,
}
