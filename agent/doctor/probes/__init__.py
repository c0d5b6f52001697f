"""What asks the unit: the running daemon where there is one, else its hardware. Checks judge the answers."""
