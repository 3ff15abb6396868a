"""Where frames come from and where they go. Import as `netfsm.drivers`."""
