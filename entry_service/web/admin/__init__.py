"""The pages of the institution that runs the service."""
