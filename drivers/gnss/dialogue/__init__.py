"""What is said to a receiver and what it answers, from its profile; both sides of the line use it."""
