"""`python -m netfsm` is the command line."""

from __future__ import annotations

from netfsm.cli.main import main

if __name__ == "__main__":
    main()
