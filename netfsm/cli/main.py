"""The entry point: `netfsm` and `python -m netfsm`."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

_EXTRA: Final = frozenset({"click", "rich", "jsonschema"})


def main() -> NoReturn:
    """Run the command line and exit with its code (DESIGN: 3 where the extra is missing)."""
    try:
        from netfsm.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        sys.stderr.write(f'netfsm: {error.name} is not installed: pip install "netfsm[cli]"\n')
        sys.exit(3)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
