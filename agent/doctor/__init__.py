"""The self-test: checks give findings, findings give remedies."""
