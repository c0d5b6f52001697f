"""Many light trucks: real journals, rules, codecs, uplinks; simulated drives, no cameras, no supervisor."""
