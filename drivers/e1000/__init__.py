"""A driver for Intel's 82540EM, and the buses that it finds a card on.

================ ==================================================================================
driver           the driver; units are its two directions, rings their descriptors
qemu             QEMU as a process: found, started, asked, ended
x_remote         QEMU's card by its multi-process protocol, with shared memory
qtest            QEMU's card by its test protocol, register by register
guest            a Linux guest with our card as a link; image is what it boots
named            from the command line's words to a driver
pci              what is written into configuration space before a card answers
================ ==================================================================================
"""
