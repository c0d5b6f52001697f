"""Lists of permits: what is read of them, and how wrong ones are refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.geometry.coordinates import gcj02
from agent.layers.document import Voucher
from agent.layers.permits import permits_of
from agent.permits_file import load_permits
from agent.rule_layers import Shift
from agent.trust.keys import new_key
from agent.trust.store import TrustStore, trusted, write_store

LINE = [[121.40, 31.20], [121.45, 31.22]]
WHOSE = Voucher(Path("/nonexistent"), "muck/truck-1", "川A12345")


def permit(**more):
    base = {"id": "2026-7", "vehicle": "muck/truck-1", "from": "2026-12-01T00:00:00+08:00",
            "to": "2027-01-01T00:00:00+08:00"}  # fmt: skip
    return {k: v for k, v in (base | more).items() if v is not None}


def listed(*permits, **more):
    base = {
        "format": "haulwatch permits 1",
        "as_of": "2026-12-01T08:00:00+08:00",
        "coordinate_system": "GCJ-02",
        "time_zone": "Asia/Shanghai",
        "permits": list(permits),
    }
    return {k: v for k, v in (base | more).items() if v is not None}


def written(tmp_path, document):
    path = tmp_path / "permits.json"
    path.write_text(json.dumps(document))
    return path


def test_a_good_list_is_read(tmp_path):
    route = {"id": "r", "line": [list(gcj02(*p)) for p in LINE], "width_m": 60}
    one = permit(company="某渣土公司", hours=["mon 22:00-06:00"], routes=[route], loading=["north"],
                 disposal=["tip"], may_enter=["ring"], material="渣土", speed_limit_kmh=36,
                 trips={"allowed": 9, "used": 2}, plate="川A12345")  # fmt: skip
    found = load_permits(written(tmp_path, listed(one, permit(id="x", vehicle="muck/truck-2"))), WHOSE)
    assert found.as_of == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    (mine,) = found.permits
    assert (mine.begins, mine.ends) == (1796054400, 1798732800)
    assert (mine.hours, mine.time_zone) == ((Shift(1320, 1800),), "Asia/Shanghai")
    assert (mine.trips, mine.used, mine.limit_mps, mine.material) == (9, 2, 10.0, "渣土")
    assert mine.routes[0].width_m == 60
    for here, meant in zip(mine.routes[0].line, LINE, strict=True):
        assert here == pytest.approx(meant, abs=1e-9)
    assert (found.key, found.begins, found.ends) == (None, None, None)


def test_a_permit_is_found_by_plate_where_it_names_no_vehicle(tmp_path):
    by_plate, other = permit(vehicle=None, plate="川A12345"), permit(id="o", vehicle=None, plate="川A99999")
    named = permit(id="n", vehicle="muck/truck-2", plate="川A12345")
    found = load_permits(written(tmp_path, listed(by_plate, other, named)), WHOSE)
    assert [p.id for p in found.permits] == ["2026-7"]


@pytest.mark.parametrize(
    ("document", "says", "remedy"),
    [
        ([], "is no list of permits", "docs/permits.md"),
        (listed(format="v2"), "format", "docs/permits.md"),
        (listed(as_of="2026-12-01T08:00:00"), "as_of", "docs/permits.md"),
        (listed(permit(valid="yes")), "permit 0: ", "docs/permits.md"),
        (listed(permit(vehicle=None)), "permit 0: names no vehicle", "plate"),
        (listed(permit(), permit()), "permit 1: the id '2026-7' stands twice", "its own"),
        (listed(permit(to="2026-12-01T00:00:00+08:00")), "ends before it begins", "from and to"),
        (listed(permit(hours=["x"])), "is not days and hours", "mon-fri"),
        (listed(permit(hours=["06:00-08:00"]), time_zone=None), "no time zone", "Asia/Shanghai"),
        (listed(permit(routes=[{"line": LINE, "width_m": 60}]), coordinate_system=None),
         "route 0: declares no coordinate system", "GCJ-02"),
        (listed(permit(routes=[{"line": LINE, "width_m": 0}])), "width_m", "docs/permits.md"),
        (listed(permit(routes=[{"line": [[31.2, 121.4]], "width_m": 60}])), "latitude first", "longitude"),
        (listed(permit(routes=[{"id": "r", "line": LINE[:1] * 2, "width_m": 60}])),
         "route r: has fewer than 2 corners", "draw"),
        (listed(*[permit(id=str(i)) for i in range(20_001)]), "at most 20000", "split"),
        (listed(*[permit(id=str(i)) for i in range(51)]), "51 permits are of this vehicle", "over"),
        (listed(permit(hours=["06:00-08:00"] * 29)), "permit 0: ", "docs/permits.md"),
        (listed(permit(routes=[{"line": LINE * 1001, "width_m": 60}])), "2002 corners", "simplify"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused_with_its_place_and_remedy(tmp_path, document, says, remedy):
    with pytest.raises(ConfigError) as caught:
        load_permits(written(tmp_path, document), WHOSE)
    assert says in str(caught.value)
    assert remedy in caught.value.remedy


def test_a_signed_list_says_who_signed_it_and_until_when(tmp_path):
    key = new_key()
    store = tmp_path / "trust.json"
    write_store(store, TrustStore().with_key(trusted(key.public, ("permits",), "", datetime.now(UTC))))
    signed = {"purpose": "permits", "vehicles": ["muck/*"], "nonce": "0123456789abcdef",
              "not_before": "2026-12-01T00:00:00Z", "expires": "2026-12-02T00:00:00Z",
              "body": listed(permit())}  # fmt: skip
    path = written(tmp_path, key.sign(signed))
    found = load_permits(path, Voucher(store, "muck/truck-1", required=True))
    assert (found.key, found.begins, found.ends) == (key.public.kid, 1796083200, 1796169600)
    with pytest.raises(ConfigError, match="not meant for city/truck-1"):
        load_permits(path, Voucher(store, "city/truck-1"))
    document = key.sign(signed)
    document["signed"]["body"]["as_of"] = "2026-12-09T00:00:00Z"
    with pytest.raises(ConfigError, match="its signature is not by"):
        load_permits(written(tmp_path, document), Voucher(store, "muck/truck-1"))


anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "from", "to", "vehicle", "routes", "line", "hours"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(anything, max_size=3))
def test_whatever_stands_in_a_list_is_read_or_refused(permits):
    sheet = permits_of(listed(*permits))
    assert len(sheet.held) + len(sheet.problems) == len(permits)
