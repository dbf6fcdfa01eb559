"""The pages of the second officer, who approves exactly what was asked for."""
