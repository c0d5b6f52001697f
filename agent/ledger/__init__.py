"""The ledger of coverage, added up: every second belongs to one cause of each source. Pure."""
