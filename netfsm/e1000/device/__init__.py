"""A model of the 82540EM: the hands of specs/e1000.

================ ==================================================================================
card             `Card`: what a bus, a wire and a clock do to it, and it to them
crew             the machines of the specs at work, with their timers
writing          which register tells which machine what
inward, outward  hands of the receive and of the transmit unit
eeprom           the words of the EEPROM
filters, sums    which frames are for the card; which checksums of theirs are right
offload          checksums, segments and tags of what is sent
pci, phy         configuration space; registers of the PHY and words of the EEPROM
statistics       the card's counters
================ ==================================================================================
"""

from netfsm.e1000.device.card import Card

__all__ = ["Card"]
