"""Commissioning: ten steps, each with what to see and what to do, and a signed sheet; docs/commission.md."""
