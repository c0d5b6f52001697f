"""The episodes of docs/export.md in plain Python, for comparison with the queries."""

import math
from collections import defaultdict

LOADED = ("covered", "partly", "uncovered")
KINDS = {"load": "unloading", "suspicious_unloading": "suspicious_unloading", "trip": "suspicious_trip"}
US = 1_000_000


def boots(rows):
    """Rows by fleet, vehicle, generation and boot."""
    found = defaultdict(list)
    for row in rows:
        found[row["fleet"], row["vehicle"], row["generation"], row["boot"]].append(row)
    return found


def units(degrees):
    return round(degrees * 10_000_000)


def episodes(track, record, how):
    """(kind, boot's key, begin µs UTC, dwell µs, lat7, lon7, site), sorted; sites by the vehicles' word."""
    records = boots(record)
    found = []
    for key, fixes in boots(track).items():
        told = records.get(key, [])
        stands = [*stood(fixes, how)]
        for begin_us, end_us, fix in stops(stands, told, how):
            at = min(f["time"] for f in fix)
            lat7, lon7 = (round(sum(units(f[n]) for f in fix) / len(fix)) for n in ("lat", "lon"))
            site = visited(told, begin_us, end_us)
            found.append(("stop", key, at, end_us - begin_us, lat7, lon7, site))
        found += [unloading(key, row, stands, told, how) for row in unloadings(told)]
    for key in records.keys() - boots(track).keys():
        found += [unloading(key, row, [], records[key], how) for row in unloadings(records[key])]
    return sorted(found, key=repr)


def stood(fixes, how):
    """Lists of slow fixes that belong together."""
    fit = [
        fix
        for fix in sorted(fixes, key=lambda fix: (fix["mono_us"], fix["seq"]))
        if fix["time"] is not None and None not in (fix["lat"], fix["lon"], fix["speed"]) and not fix["unfit"]
    ]
    stand, before = [], None
    for number, fix in enumerate(fit):
        if fix["speed"] > how.stop_mps:
            continue
        if stand and not goes_on(stand[-1], fix, number - before, how):
            yield stand
            stand = []
        stand.append(fix)
        before = number
    if stand:
        yield stand


def goes_on(a, b, places, how):
    north = (units(b["lat"]) - units(a["lat"])) * 0.0111195
    east = (units(b["lon"]) - units(a["lon"])) * 0.0111195 * math.cos(math.radians(units(b["lat"]) / 1e7))
    if north * north + east * east > how.same_m * how.same_m:
        return False
    since = b["mono_us"] - a["mono_us"]
    if since <= how.bridge_s * US:
        return True
    return places == 1 and (since <= how.gap_s * US or since <= 5 * US * (b["seq"] - a["seq"]))


def stops(stands, told, how):
    """Of each stand what was with a load, when that is long enough."""
    for stand in stands:
        laden = [fix for fix in stand if loaded(told, fix, how)]
        if laden and laden[-1]["mono_us"] - laden[0]["mono_us"] >= how.stop_s * US:
            yield laden[0]["mono_us"], laden[-1]["mono_us"], laden


def loaded(told, fix, how):
    """Whether the load that lasts is none that is empty, and was seen not long ago."""
    words = [
        ((row["mono_us"] if row["since_us"] is None else row["since_us"], row["seq"]), row)
        for row in told
        if row["type"] == "load.changed"
    ]
    words += [((row["mono_us"], row["seq"]), row) for row in told if row["type"] == "health.report"]
    lasting, seen = None, None
    for (at, _), row in sorted(words, key=lambda word: word[0]):
        if at > fix["mono_us"]:
            break
        if row["type"] == "load.changed" and row["load"] is not None:
            lasting = row["load"]
        if row["load_seen"] not in (None, "unknown"):
            seen = row["mono_us"] if seen is None else max(seen, row["mono_us"])
    return lasting in LOADED and seen is not None and fix["mono_us"] - seen <= how.load_memory_s * US


def unloadings(told):
    """Those of one boot; a trip's versions must all be in it."""
    taken_back = {row["subject"] for row in told if row["type"] == "suspicious_unloading.updated"}
    newest = {}
    for row in told:
        if row["type"].startswith("trip."):
            newest[row["subject"]] = max(
                newest.get(row["subject"], row), row, key=lambda r: (r["version"], r["seq"])
            )
    for row in told:
        kind = KINDS.get(row["type"].partition(".")[0])
        counts = {
            "unloading": row["change"] == "became_empty",
            "suspicious_unloading": row["type"].endswith(".started") and row["subject"] not in taken_back,
            "suspicious_trip": row is newest.get(row["subject"]) and row["verdict"] == "suspicious",
        }.get(kind)
        if counts and None not in (row["time"], row["lat"], row["lon"]):
            yield row


def unloading(key, row, stands, told, how):
    begin = row["mono_us"] if row["since_us"] is None else row["since_us"]
    spans = [(stand[0]["mono_us"], stand[-1]["mono_us"]) for stand in stands]
    near = how.bridge_s * US
    dwell = max((end - start for start, end in spans if start - near <= begin <= end + near), default=None)
    kind = KINDS[row["type"].partition(".")[0]]
    site = row["zone_role"] if row["zone_role"] in ("loading", "disposal") else visited(told, begin, begin)
    at = row["time"] if row["since"] is None else row["since"]
    return (kind, key, at, dwell, units(row["lat"]), units(row["lon"]), site)


def visited(told, begin_us, end_us):
    """The role of a site in which the truck was meanwhile; disposal before loading."""
    ends = {row["subject"]: row["until_us"] for row in told if row["type"] == "zone_visit.ended"}
    roles = {
        row["zone_role"]
        for row in told
        if row["type"] == "zone_visit.started"
        and row["zone_role"] in ("loading", "disposal")
        and row["since_us"] is not None
        and row["since_us"] <= end_us
        and (ends.get(row["subject"]) is None or ends[row["subject"]] >= begin_us)
    }
    return min(roles, default=None)
