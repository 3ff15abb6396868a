"""Where frames come from and where they go. Import as `netfsm.drivers`.

============ ==================================================================================
base         what drivers have in common; a driver around another
wire         two ends in process
loopback     a link whose only station is ourselves
tap          a TAP of Linux
packet       a link of Linux by a packet socket
socket_link  frames over a socket, in QEMU's framings
pcap         a capture of another driver; pcapng is the file format
replay       the frames of a capture, each at its time
faulty       a bad link around another driver; faults tells what it does
parse        from `tap:tap0` to a driver
address      hardware addresses of our own
============ ==================================================================================

Drivers wrap drivers: `Pcap(Faulty(Tap("tap0"), loss=0.01, seed=1), "run.pcapng")`.
"""

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import BaseDriver, Wrapper
from netfsm.drivers.faults import Faults
from netfsm.drivers.faulty import Faulty
from netfsm.drivers.loopback import Loopback
from netfsm.drivers.packet import Packet
from netfsm.drivers.parse import drivers, parse_driver
from netfsm.drivers.pcap import CaptureFile, Pcap
from netfsm.drivers.replay import Replay
from netfsm.drivers.socket_link import SocketLink
from netfsm.drivers.tap import Tap
from netfsm.drivers.wire import Wire, WireEnd
from netfsm.stack.driver import Capability, Driver

__all__ = [
    "BaseDriver",
    "Capability",
    "CaptureFile",
    "Driver",
    "Faults",
    "Faulty",
    "Loopback",
    "Packet",
    "Pcap",
    "Replay",
    "SocketLink",
    "Tap",
    "Wire",
    "WireEnd",
    "Wrapper",
    "drivers",
    "mac_for",
    "parse_driver",
]
