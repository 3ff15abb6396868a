"""Every error that netfsm raises. Each carries its data first and makes its sentence from it.

Errors are named by who is at fault: a spec, a binding, a send that can't be made now, a peer, a
target, or netfsm itself. A wrong packet is none of these: it is counted, dropped for a stated
reason, and raises nothing.
"""

from __future__ import annotations

from typing import Final, Protocol

from attrs import define, field


class Remark(Protocol):
    """What an error needs of a finding; `netfsm.spec.findings.Finding` is one."""

    @property
    def code(self) -> str:
        """The rule, as `netfsm explain CODE` knows it."""
        ...

    @property
    def file(self) -> str:
        """The file, relative to the current directory where it lies below it."""
        ...

    @property
    def line(self) -> int:
        """The line, from 1."""
        ...

    @property
    def column(self) -> int:
        """The column in characters, from 1."""
        ...

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        ...

    @property
    def hint(self) -> str:
        """What to do about it; may be empty."""
        ...


class NetfsmError(Exception):
    """The root of netfsm's own errors; `str()` of each is its sentence."""


@define(eq=False)
class SpecError(NetfsmError):
    """A spec can't be used. `findings` are all that is wrong with it, in the order of the text."""

    findings: tuple[Remark, ...] = field(converter=tuple[Remark, ...])

    def __str__(self) -> str:
        """One line a finding, `file:line:col: CODE message`, each with its hint below it."""
        return "\n".join(_told(finding) for finding in self.findings)


class BindingError(NetfsmError):
    """Something can't be bound, or isn't there to be used."""


@define(eq=False)
class BindingConflict(BindingError):
    """The key is taken: `owner` holds it and `rival` asked for it."""

    space: str
    key: object
    owner: str
    rival: str

    def __str__(self) -> str:
        """Both owners, and what to do."""
        return (
            f"{self.space} {self.key} belongs to {self.owner}, so {self.rival} can't bind it: "
            f"unload {self.owner} first, or bind as a tap to see copies"
        )


@define(eq=False)
class BadBinding(BindingError):
    """The key, its type or the payload doesn't fit the key space; `reason` says which."""

    space: str
    key: object
    reason: str

    def __str__(self) -> str:
        """The key space, the key and the reason."""
        return f"{self.space} {self.key!r} can't be bound: {self.reason}"


@define(eq=False)
class NotLoaded(BindingError):
    """`layer` isn't loaded; `provided_by` are the specs that could give it (may be empty)."""

    layer: str
    provided_by: tuple[str, ...] = field(default=(), converter=tuple[str, ...])

    def __str__(self) -> str:
        """What is missing, and how to load it if anything known provides it."""
        if not self.provided_by:
            return f"layer {self.layer} isn't loaded, and no known spec provides it"
        names = " or ".join(self.provided_by)
        return f'layer {self.layer} isn\'t loaded: load {names}, as in stack.load("{self.layer}")'


class ReserveError(NetfsmError):
    """A packet can't be sent now, said before a byte of it is assembled."""


@define(eq=False)
class Unresolved(ReserveError):
    """The link address of `next_hop` isn't known yet; resolution has started."""

    interface: str
    next_hop: object

    def __str__(self) -> str:
        """Who is unresolved, and when to try again."""
        return (
            f"the link address of {self.next_hop} on {self.interface} isn't known yet: "
            f"try again at the ready event"
        )


@define(eq=False)
class NoRoute(ReserveError):
    """No route leads to `destination`."""

    destination: object

    def __str__(self) -> str:
        """Where no route leads, and what to do."""
        return f"no route to {self.destination}: add an address on its network, or a gateway"


@define(eq=False)
class TooBig(ReserveError):
    """`size` octets don't fit the `limit` octets that the path carries."""

    size: int
    limit: int

    def __str__(self) -> str:
        """Both sizes."""
        return f"{self.size} octets are asked for and the path carries {self.limit}"


@define(eq=False)
class NoBuffers(ReserveError):
    """The driver of `interface` has no free buffer."""

    interface: str

    def __str__(self) -> str:
        """Whose buffers are gone, and when to try again."""
        return f"{self.interface} has no free buffer: try again at the ready event"


@define(eq=False)
class LinkDown(ReserveError):
    """The link of `interface` is down."""

    interface: str

    def __str__(self) -> str:
        """Which link, and when to try again."""
        return f"the link of {self.interface} is down: try again when it is up"


@define(eq=False)
class Unreachable(ReserveError):
    """`next_hop` did not answer when its link address was asked for a moment ago."""

    interface: str
    next_hop: object

    def __str__(self) -> str:
        """Who does not answer."""
        return f"{self.next_hop} on {self.interface} did not answer a moment ago"


@define(eq=False)
class BadAddress(ReserveError):
    """No packet may be sent from or to `address`; `reason` says why."""

    address: object
    reason: str

    def __str__(self) -> str:
        """The address and the reason."""
        return f"{self.address} can't be used: {self.reason}"


@define(eq=False)
class ConformanceFailure(NetfsmError):
    """A target did what no row allows. `row` is `machine/id`, `place` is `file:line`."""

    row: str
    place: str
    clauses: tuple[str, ...] = field(converter=tuple[str, ...])
    wanted: str
    got: str

    def __str__(self) -> str:
        """What was wanted beside what was got, with the row and its clauses."""
        refs = ", ".join(self.clauses)
        return (
            f"{self.place}: {self.row} ({refs})\n    wanted: {self.wanted}\n    got:    {self.got}"
        )


@define(eq=False)
class TargetError(NetfsmError):
    """The target, driver or tool isn't available here; `remedy` says what would make it so."""

    target: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        """What is not available, why, and the remedy if there is one."""
        sentence = f"{self.target} isn't available: {self.reason}"
        return f"{sentence}; {self.remedy}" if self.remedy else sentence


@define(eq=False)
class MissingFunctions(NetfsmError):
    """`machine` declares `functions` that no implementation was given for."""

    machine: str
    functions: tuple[str, ...] = field(converter=tuple[str, ...])

    def __str__(self) -> str:
        """Which functions are missing, and how to give them."""
        names = ", ".join(self.functions)
        return f"{self.machine} needs {names}: pass functions={{name: callable}}"


@define(eq=False)
class ContractError(NetfsmError):
    """A checked machine was given, or made, a value that its spec forbids.

    `where` is `machine/state/event`, `subject` the choice, event, variable or function, `rule`
    what it must satisfy, `value` what it was.
    """

    where: str
    subject: str
    rule: str
    value: object

    def __str__(self) -> str:
        """Where, what, the rule and the value."""
        return f"{self.where}: {self.subject} is {self.value!r}, which breaks its rule: {self.rule}"


PLEA: Final = ". This is a bug in netfsm: please report it with this message"


@define(eq=False)
class InternalError(NetfsmError):
    """netfsm itself is wrong: a cell that its spec calls impossible was reached, say."""

    what: str
    where: str = ""

    def __str__(self) -> str:
        """What went wrong and where, and the plea to report it."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}{PLEA}"


def _told(finding: Remark) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    line = f"{place}: {finding.code} {finding.message}"
    return f"{line}\n    {finding.hint}" if finding.hint else line
