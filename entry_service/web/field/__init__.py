"""The checklist of the disinfection teams, on their phones."""
