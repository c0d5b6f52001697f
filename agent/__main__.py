"""`python -I -m agent` is the haulwatch command; the service starts it with `run`."""

from agent.cli.main import main

main()
