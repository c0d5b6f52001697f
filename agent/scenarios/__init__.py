"""The rules in simulated worlds: what they tell, against what really happened. docs/scenarios.md."""
