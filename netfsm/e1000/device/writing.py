"""What a write to a register does beyond being stored: which machine gets which event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from netfsm.e1000.registers import REGISTERS, bits

if TYPE_CHECKING:
    from netfsm.e1000.device.card import Card

__all__ = ["after_write"]

_CAUSES: Final = next(each.readable for each in REGISTERS.registers if each.name == "ICR")
_XOFF: Final = bytes.fromhex("0180c2000001")


def after_write(card: Card, name: str, offset: int, value: int) -> None:
    """Store `value` in register `name` at `offset`, and let it act."""
    act = _ACTS.get(name)
    before = card.registers.value[offset]
    once = card.registers.write(offset, value)
    if act is not None:
        act(card, value, once, before)


def _control(card: Card, _: int, once: int, before: int) -> None:
    if once & bits("CTRL.RST"):
        card.reset()
    elif before & ~card.registers.value[0] & bits("CTRL.PHY_RST"):
        card.phy.reset()
        card.crew.step("link", "negotiate")


def _pins(card: Card, value: int, _: int, before: int) -> None:
    """The EEPROM sees its pins change: chip select first, then the clock."""
    card.registers.put("EECD.GNT", card.registers.get("EECD.REQ"))
    if (value ^ before) & bits("EECD.CS"):
        card.crew.step("eeprom", "select" if value & bits("EECD.CS") else "deselect")
    if value & ~before & bits("EECD.SK"):
        card.crew.step("eeprom", "clock", bool(value & bits("EECD.DI")))


def _eerd(card: Card, _: int, once: int, __: int) -> None:
    if once & bits("EERD.START"):
        card.crew.step("eeprom", "fetch", card.registers.get("EERD.ADDR"))
        card.registers.put("EERD.DONE", 1)


def _extended(card: Card, _: int, once: int, __: int) -> None:
    if once & bits("CTRL_EXT.EE_RST"):
        card.reload()


def _mdic(card: Card, _: int, __: int, ___: int) -> None:
    registers = card.registers
    registers.put("MDIC.E", 0)
    inputs = (registers.get("MDIC.OP"), registers.get("MDIC.PHYADD"), registers.get("MDIC.REGADD"))
    card.crew.step("mdio", "access", *inputs)
    registers.put("MDIC.R", 1)
    if registers.get("MDIC.I"):
        card.cause("MDAC")


def _receive(card: Card, _: int, __: int, ___: int) -> None:
    card.crew.step("receive", "enable" if card.registers.get("RCTL.EN") else "disable")


def _transmit(card: Card, _: int, once: int, __: int) -> None:
    card.crew.step("transmit", "enable" if card.registers.get("TCTL.EN") else "disable")
    if once & bits("TCTL.SWXOFF") and card.registers.get("CTRL.TFCE"):
        source = b"".join(word.to_bytes(2, "little") for word in card.eeprom.words[:3])
        time = card.registers.get("FCTTV.TTV").to_bytes(2, "big")
        card.leave((_XOFF + source + b"\x88\x08\x00\x01" + time).ljust(60, b"\0"))
    card.outward.work()


def _ring(machine: str, event: str, field: str, scale: int = 1) -> Callable[..., None]:
    def act(card: Card, *_: int) -> None:
        card.crew.step(machine, event, card.registers.get(field) * scale)
        if machine == "transmit":
            card.outward.work()

    return act


def _step(event: str, *, keep: bool) -> Callable[..., None]:
    def act(card: Card, value: int, *_: int) -> None:
        causes = ~value & _CAUSES if keep else value & _CAUSES
        card.crew.step("interrupts", event, causes)

    return act


def _throttle(card: Card, *_: int) -> None:
    units = card.registers.get("ITR.INTERVAL")
    card.crew.step("interrupts", "throttle", -(-units * 256 // 1000))


_ACTS: Final[dict[str, Callable[[Card, int, int, int], None]]] = {
    "CTRL": _control,
    "EECD": _pins,
    "EERD": _eerd,
    "CTRL_EXT": _extended,
    "MDIC": _mdic,
    "ICR": _step("clear", keep=True),
    "ICS": _step("cause", keep=False),
    "IMS": _step("enable", keep=False),
    "IMC": _step("disable", keep=True),
    "ITR": _throttle,
    "RCTL": _receive,
    "RDLEN": _ring("receive", "ring", "RDLEN.LEN", 8),
    "RDH": _ring("receive", "set_head", "RDH.RDH"),
    "RDT": _ring("receive", "set_tail", "RDT.RDT"),
    "TCTL": _transmit,
    "TDLEN": _ring("transmit", "ring", "TDLEN.LEN", 8),
    "TDH": _ring("transmit", "set_head", "TDH.TDH"),
    "TDT": _ring("transmit", "set_tail", "TDT.TDT"),
}
