"""A support bundle: what a unit knows of itself in one ZIP, without secrets.

Made by `haulwatch bundle` and by the command `collect_bundle`. Where the truck was, and what its cameras saw,
is in it only when that is asked for. A part that cannot be had, or takes too long, is named in
`missing.json` with the reason, and the rest is there.
"""
