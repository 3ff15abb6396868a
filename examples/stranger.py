"""A layer that netfsm does not know: one host wakes another with a magic packet.

    python examples/stranger.py

The folder `strangers` holds the layer's specs and its hands; the stack is told of it by `path`.
Nothing of netfsm names the layer, and it can be loaded, asked, unloaded and loaded again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from netfsm.drivers import Wire
from netfsm.stack import Stack
from netfsm.stack.pump import Pump

HERE = Path(__file__).parent / "strangers"


def main() -> None:
    """Wake the right host across a wire in memory, and show what each has counted."""
    sys.path.insert(0, str(HERE))  # where the hands are; an installed package needs no such line
    wire = Wire()
    left = Stack(layers=["wol"], path=[HERE])
    right = Stack(layers=["wol"], path=[HERE])
    ends = [Pump(left, {"eth0": wire.left}), Pump(right, {"eth0": wire.right})]
    left.command("wol.wake", interface="eth0", station=wire.right.mac)
    left.command("wol.wake", interface="eth0", station="02:00:00:00:00:77")
    for now in range(4):
        for end in ends:
            end.turn(now)
    (woken,) = right.query("wol.woken")
    print(f"right was woken {woken.times} time on {woken.interface}")
    print(f"right refused {right.layer('wol').counters['not_for_us']} packet for another station")
    right.unload("wol")
    print(f"unloaded: {', '.join(sorted(right.layers))} are left")
    right.load("wol")
    print(f"loaded again: {right.query('wol.woken') or 'nothing woken yet'}")


if __name__ == "__main__":
    main()
