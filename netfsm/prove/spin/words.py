"""The names of one machine's things in Promela.

SPIN makes C of a model, so a name may be none of Promela, of C, or of SPIN's own: all but those of
the model's first level have the machine's label before them.

| thing | written |
|---|---|
| a variable, a timer | `address[me].v_tries`, `address[me].t_retransmit` |
| one of a scope | `tcb[here].v_una`, `tcb[here].t_rexmt` |
| the state | `address[me].state == address_PROBING` |
| a parameter of an event | `address_asked_sha`; within a scope `timer_i_noted_count` |
| a let, the leaf of a decide list | `address_l_fresh`, `interface_l_arrival` |
| a value before the step, after it | `address_o_una`, `address_n_una` |
| a constant, a member of an enum, a key, what is given | `address_PROBE_NUM` |

`me` is the number of the part that takes the step, and `here` that of its end. Where a machine has
one part, there is no array.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from netfsm.machine.layout import identifier

__all__ = ["At", "Words"]

At = tuple[int, int] | None
"""The number of a part, and that of its end; None for the part that takes the step."""


@define
class Words:
    """Names of a machine whose label is `label`; `many` says that it has several parts.

    `shared` has the label of the scope for each variable and timer that lives in one; `at` is the
    numbers of a part and of its end, where it is not the one that takes the step.

    `used` are the constants, members, keys and parameters that stand in some expression, `locals`
    the locals of steps, `draws` the choices that are drawn,
    `leaves` the numbers of the leaves of decide lists.
    """

    label: str
    many: bool
    shared: Mapping[str, str] = field(factory=dict[str, str])
    used: dict[str, None] = field(factory=dict[str, None])
    locals: dict[str, None] = field(factory=dict[str, None])
    draws: dict[str, None] = field(factory=dict[str, None])
    leaves: dict[str, int] = field(factory=dict[str, int])

    def part(self, at: At = None) -> str:
        """A part, or the one that takes the step."""
        if not self.many:
            return self.label
        return f"{self.label}[{'me' if at is None else at[0]}]"

    def state(self, at: At = None) -> str:
        """The state of a part."""
        return f"{self.part(at)}.state"

    def variable(self, name: str, at: At = None) -> str:
        """A variable of a part."""
        return f"{self._home(name, at)}.{self.field(name)}"

    def timer(self, name: str, at: At = None) -> str:
        """Whether a timer of a part runs."""
        return f"{self._home(name, at)}.{self.flag(name)}"

    def moved(self, at: At = None) -> str:
        """Whether a part has taken an event since its last batch; false between steps."""
        return f"{self.part(at)}.moved"

    def _home(self, name: str, at: At) -> str:
        if name not in self.shared:
            return self.part(at)
        return f"{self.shared[name]}[{'here' if at is None else at[1]}]"

    def field(self, variable: str) -> str:
        """A variable, within its part."""
        return f"v_{identifier(variable)}"

    def flag(self, timer: str) -> str:
        """A timer, within its part."""
        return f"t_{identifier(timer)}"

    def parameter(self, event: str, name: str) -> str:
        """A parameter or choice of an event."""
        return self._use(f"{self.label}_{identifier(event)}_{identifier(name)}")

    def back(self) -> str:
        """The part that goes on when another machine of its scope has done its part."""
        return self._local(f"{self.label}_me")

    def next(self) -> str:
        """What is done when this machine has done its part of another's step."""
        return self._local(f"{self.label}_next")

    def row(self, name: str) -> str:
        """A row that goes on after another machine."""
        return f"{self.label}_r_{identifier(name)}"

    def inner(self, event: str, name: str) -> str:
        """A parameter of an event that a machine of the same scope sends within its step."""
        return self._local(f"{self.label}_i_{identifier(event)}_{identifier(name)}")

    def event(self, name: str) -> str:
        """An event's number by its name."""
        return f"{self.label}_{identifier(name)}"

    def let(self, name: str) -> str:
        """A let, computed before the step."""
        return self._local(f"{self.label}_l_{identifier(name)}")

    def old(self, name: str) -> str:
        """A variable as it was before the step."""
        return self._local(f"{self.label}_o_{identifier(name)}")

    def new(self, name: str) -> str:
        """A variable or timer as it will be, until all are stored."""
        return self._local(f"{self.label}_n_{identifier(name)}")

    def drawn(self, event: str, choice: str) -> str:
        """Which value is drawn for a choice of several."""
        word = f"{self.label}_c_{identifier(event)}_{identifier(choice)}"
        self.draws[word] = None
        return word

    def leaf(self, decide: str, leaf: str) -> str:
        """A leaf of a decide list."""
        word = f"{self.label}_{identifier(decide)}_{identifier(leaf)}"
        self.leaves.setdefault(word, len(self.leaves) + 1)
        return word

    def state_name(self, name: str) -> str:
        """A state's number by its name."""
        return self._use(f"{self.label}_{identifier(name)}")

    def constant(self, name: str) -> str:
        """A constant, a member of an enum or of flags, a part of the key, or what is given."""
        return self._use(f"{self.label}_{identifier(name)}")

    def _local(self, word: str) -> str:
        self.locals[word] = None
        return word

    def _use(self, word: str) -> str:
        self.used[word] = None
        return word
