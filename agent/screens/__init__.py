"""What a person sees of the running agent, as text for a terminal. Pure."""
