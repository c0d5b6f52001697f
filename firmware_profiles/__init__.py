"""Device profiles as data, read through importlib.resources."""
