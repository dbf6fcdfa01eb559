"""The door: the page that staff hold, and what its devices say to the service."""
