"""What keeps a camera's pictures from being judged: measures of one picture, and their faults over time."""
