"""The flight recording: what reached the rules, kept in a ring and played to them again; docs/replay.md."""
