"""What each step finds by itself: the self-test's checks of its part, and figures, pictures, trials."""
