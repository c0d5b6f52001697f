"""The other side of the wire, for the demo, the tests and integrators; the daemon never imports it."""
