"""python -m entry_service: the commands of the service (docs/operations.md)."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="python -m entry_service")
