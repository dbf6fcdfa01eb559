"""What is written into the audit when an officer acts on a plan, before it is done."""

from datetime import datetime
from hashlib import sha256

from entry_service.core.actors import Actor
from entry_service.services import Services


def note_change(services: Services, plan_id: str, subject: str, outcome: str, actor: Actor, now: datetime) -> None:
    """Write a row ``plan_changed``; plan and subject (a stop, an account, the plan) stand in it as a hash."""
    about = sha256(f"plan|{plan_id}|{subject}".encode()).hexdigest()
    services.vault.audit.append("plan_changed", actor, now=now, request_hash=about, outcome=outcome)
