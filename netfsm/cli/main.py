"""The entry point: `netfsm` and `python -m netfsm`."""

from __future__ import annotations

import sys
from typing import NoReturn

from netfsm.cli.extras import remedy


def main() -> NoReturn:
    """Run the command line and exit with its code; 3 where the extra `cli` is missing."""
    try:
        from netfsm.cli.app import run
    except ModuleNotFoundError as error:
        line = remedy(error)
        if line is None:
            raise
        sys.stderr.write(f"{line}\n")
        sys.exit(3)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
