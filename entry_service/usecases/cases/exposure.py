"""The rule of the exposure window that this service goes by: a row of core/exposure_rules.csv, by its name."""

from pathlib import Path

from entry_service.core.errors import BadInput
from entry_service.core.exposure import ExposureRule, read_rules
from entry_service.services import Services

RULES = read_rules(
    (Path(__file__).parents[2] / "core" / "exposure_rules.csv").read_text(encoding="utf-8").splitlines()
)


def exposure_rule(services: Services) -> ExposureRule:
    """Return the rule that the settings name; raise ``BadInput`` for one that does not exist."""
    name = services.settings.exposure_rule
    if name not in RULES:
        raise BadInput("ENTRY_EXPOSURE_RULE이 없는 규칙을 가리킵니다.", field="exposure_rule")
    return RULES[name]
