"""The page for the technician's phone, a process of its own; see docs/web.md."""
