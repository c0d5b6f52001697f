"""The warning in the cab: its text, its tone, and the hooks that give it."""
