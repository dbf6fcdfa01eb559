"""What every page and answer goes through: who calls, what may be seen, languages, headers, files."""
