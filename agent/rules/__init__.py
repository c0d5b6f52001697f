"""Pure rules: observations in, effects out; no clock, no I/O."""
