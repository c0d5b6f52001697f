"""Commands of platforms: what may be asked, of whom it is believed, and what may become of it. Pure."""
