"""The pages of the auditor: who looked, why, and how much."""
