"""Pure rules: observations in, effects out; no clock, no I/O."""

RULE_SET = "4"  # goes up when the same observations may give other events
