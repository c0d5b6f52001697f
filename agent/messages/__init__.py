"""Every message on the wire as a type: what a platform may rely on, and what its schemas are made of. Pure.

The daemon writes its records by hand, as small dictionaries; tests hold them against these types.
"""
