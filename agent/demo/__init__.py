"""The demo: a simulated truck, the real daemon, a platform that listens, and the comparison of the two."""
