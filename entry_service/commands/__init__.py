"""The commands, a module each. Heavy packages are imported inside them, so that ``--help`` answers at once."""
