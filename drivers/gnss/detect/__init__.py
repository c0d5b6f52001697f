"""Which port has the receiver, at which speed, and what it is."""
