"""`netfsm run`: a live stack until SIGINT or SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import randbits
from time import perf_counter, process_time, time_ns
from types import FrameType
from typing import Final

import click

from netfsm.cli.common import Exit, command, say, warn
from netfsm.cli.run_plan import Place, Plan, plan, services
from netfsm.cli.specs import loadable
from netfsm.drivers import CaptureFile, Driver, Faults, Faulty, Pcap, parse_driver
from netfsm.services import Services
from netfsm.spec.model import SetName
from netfsm.stack import Report, Stack
from netfsm.stack.control_socket import ControlServer
from netfsm.stack.loop import Loop


@command("run")
@click.option("--on", multiple=True, required=True, metavar="DRIVER", help="tap:NAME, ... again.")
@click.option("--ipv4", multiple=True, metavar="[IF=]A/P", help="An address and its prefix.")
@click.option("--ipv6", multiple=True, metavar="[IF=]A/P", help="The same of IPv6.")
@click.option("--gateway", multiple=True, metavar="A", help="A default route's next hop.")
@click.option(
    "--serve",
    multiple=True,
    metavar="NAME:PORT",
    help="echo, discard, chargen, daytime; http:PORT=DIR.",
)
@click.option("--faulty", metavar="NAME=VALUE,...", help="loss, duplicate, reorder, delay, seed.")
@click.option("--pcap", type=click.Path(dir_okay=False, path_type=Path), help="Write a pcapng.")
@click.option("--control", type=click.Path(path_type=Path), help="Answer at a UNIX socket.")
@click.option("--constants", type=click.Choice(["rfc", "linux", "freebsd"]), default="rfc")
@click.option("--timing", is_flag=True, help="Tell at the end what a frame cost.")
def verb(
    *,
    on: tuple[str, ...],
    ipv4: tuple[str, ...],
    ipv6: tuple[str, ...],
    gateway: tuple[str, ...],
    serve: tuple[str, ...],
    faulty: str | None,
    pcap: Path | None,
    control: Path | None,
    constants: SetName,
    timing: bool,
) -> int:
    """Run a live stack until SIGINT or SIGTERM; prints a line that begins with `ready`.

    Interfaces are eth0, eth1, ... in the order of --on. A link takes an address into use when
    nobody else has it (RFC 5227, RFC 4862), which takes some seconds. A gateway of IPv6 whose scope
    is the link is written with its interface, fe80::1%eth0.
    """
    wanted = plan(on, ipv4, gateway, ipv6)
    ports = services(serve)
    faults = _faults(faulty)
    with ExitStack() as open_things:
        drivers = _drivers(wanted, faults, pcap, open_things)
        layers = loadable()
        seed = randbits(64)  # no two hosts on a link may draw the same nonces and numbers
        stack = Stack(seed=seed, layers=layers, constants=constants, traced=pcap is not None)
        run = _Run(stack, wanted, Services(stack, ports, lambda: time_ns() // 1000))
        loop = Loop(stack, drivers, run.report)
        open_things.callback(loop.close)
        if control is not None:
            server = ControlServer(stack, control)
            open_things.callback(server.close)
            loop.also(server.descriptors)
        run.configure()
        started, cpu = perf_counter(), process_time()
        with _signals(loop.stop):
            loop.run(run.settled)
            if run.ready:
                run.tell_ready()
                loop.run()
        _tell_end(stack, (perf_counter() - started, process_time() - cpu) if timing else None)
    return Exit.FINDINGS if run.failed else Exit.FINE


TOLD: Final = frozenset(
    {"ipv4.lost", "ipv4.conflict", "ipv6.lost", "ipv6.conflict", "driver.gone", "stack.fault"}
)
CLAUSE: Final = {4: "RFC 5227 §2.1", 6: "RFC 4862 §5.4"}


class _Run:
    """What is watched while the stack runs: when it is ready, and what its owner must know."""

    def __init__(self, stack: Stack, wanted: Plan, offered: Services) -> None:
        self._stack = stack
        self._offered = offered
        self._wanted = wanted
        self.ready = False
        self.failed = False

    def configure(self) -> None:
        """Give the interfaces their addresses, then the routes that need one of them."""
        for place in self._wanted.addresses:
            self._stack.command(
                f"ipv{place.version}.add_address",
                interface=place.interface,
                address=place.address,
                prefix=place.prefix,
            )
        for one in self._wanted.gateways:
            link = {"interface": one.interface} if one.interface else {}
            self._stack.command(
                f"ipv{one.version}.add_route",
                destination="0.0.0.0/0" if one.version == 4 else "::/0",
                gateway=one.address,
                **link,
            )

    def settled(self) -> bool:
        """Whether every address is in use, or one of them never will be.

        Addresses that the stack gave itself are waited for too, but not missed.
        """
        states = self._states()
        taken = [one for one in self._wanted.addresses if states[_key(one)] == "DUPLICATE"]
        for place in taken:
            clause = CLAUSE[place.version]
            warn(f"netfsm run: {place} is another host's ({clause}): choose another address")
        self.failed = bool(taken)
        self.ready = not taken and "TENTATIVE" not in states.values()
        return self.ready or self.failed

    def tell_ready(self) -> None:
        """Print the line that says that the stack answers."""
        places = ", ".join(str(place) for place in self._wanted.addresses)
        say(f"ready: {places or ', '.join(name for name, _ in self._wanted.drivers)}")

    def report(self, report: Report) -> None:
        """Tell what whoever runs the stack must know, and let services answer."""
        self._offered.report(report)
        if report.name in TOLD:
            told = ", ".join(f"{name} {_shown(value)}" for name, value in report.data.items())
            warn(f"netfsm run: {report.name}: {told}")

    def _states(self) -> Mapping[tuple[str, str], str]:
        """The state of each address, by interface and address."""
        return {
            (each.interface, each.address): each.state
            for query in ("ipv4.addresses", "ipv6.addresses")
            for each in self._stack.query(query)
        }


def _key(place: Place) -> tuple[str, str]:
    return place.interface, place.address


def _shown(value: object) -> str:
    return value.hex(":") if isinstance(value, bytes) else str(value)


def _faults(text: str | None) -> Faults | None:
    if text is None:
        return None
    try:
        return Faults.parse(text)
    except ValueError as error:
        raise click.UsageError(f"--faulty {text}: {error}") from None


def _drivers(
    wanted: Plan, faults: Faults | None, pcap: Path | None, open_things: ExitStack
) -> dict[str, Driver]:
    """The drivers by interface, each closed at the end: what the capture shows the stack saw."""
    capture = None
    if pcap is not None:
        capture = CaptureFile(pcap, epoch=time_ns() // 1000)
        open_things.callback(capture.close)
    found: dict[str, Driver] = {}
    for name, text in wanted.drivers:
        driver = parse_driver(text)
        if faults is not None:
            driver = Faulty(driver, faults)
        if capture is not None:
            driver = Pcap(driver, capture, name)
        open_things.callback(driver.close)
        found[name] = driver
    return found


@contextmanager
def _signals(stop: Callable[[], None]) -> Generator[None]:
    """SIGINT and SIGTERM stop the loop for as long as it runs."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, old in zip(numbers, before, strict=True):
            signal.signal(number, old)


def _tell_end(stack: Stack, times: tuple[float, float] | None) -> None:
    """The counters that are not zero, on standard error."""
    for name, interface in stack.interfaces.items():
        warn(f"{name}: {interface.in_frames} frames in, {interface.out_frames} frames out")
        for outcome, count in sorted(interface.outcomes.items()):
            warn(f"{name}: {outcome} {count}")
    for name, layer in stack.layers.items():
        for counter, count in layer.hands.counters.items():
            if count:
                warn(f"{name}.{counter}: {count}")
    if times is not None:
        _tell_timing(stack, *times)


def _tell_timing(stack: Stack, elapsed: float, cpu: float) -> None:
    frames = sum(each.in_frames + each.out_frames for each in stack.interfaces.values())
    each = f", {cpu / frames * 1e6:.1f} µs a frame" if frames else ""
    warn(f"timing: {cpu:.3f} s of CPU in {elapsed:.3f} s for {frames} frames{each}")
