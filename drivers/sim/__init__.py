"""Simulated hardware, reached like the real thing: by a pty, a URL or a port."""
