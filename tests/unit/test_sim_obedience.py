"""The simulated module obeys: every exchange of every shipped profile, and what is no command at all."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.frames import Framer
from drivers.gnss_profile import CONSTELLATIONS, SENTENCES, GnssProfile, Quirk
from drivers.profiles import gnss_profile, profile_names
from drivers.sim.character import Settings
from drivers.sim.fault_file import fault
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.solution import Pose
from drivers.sim.worlds import straight
from tests.samples import samples

WORLD = straight(Pose(31.23, 121.47, 8.0, 10.0, 45.0))
EPOCH = datetime(2026, 11, 24, 6, tzinfo=UTC)
NAMES = profile_names("gnss")
TALKING = [n for n in NAMES if gnss_profile(n).exchanges]
DIALOGUES = {n: Dialogue(gnss_profile(n)) for n in TALKING}
FAST = [n for n in TALKING if DIALOGUES[n].setting("period_ms") and (gnss_profile(n).max_rate_hz or 2) >= 2]


def running(profile: GnssProfile, **more) -> Module:
    """A module of that make that has been started."""
    module = Module(WORLD, Settings(epoch=EPOCH, **more), None, character(profile))
    module.epoch()
    for name in profile.start.exchanges if profile.start else ():
        said(module, profile, name)
    return module


def said(module: Module, profile: GnssProfile, name: str, **values):
    """What the module answers to an exchange: the messages."""
    dialogue = Dialogue(profile)
    exchange = next(e for e in dialogue.exchanges if e.name == name)
    known = dialogue.variables.values({**module.state, **values})
    answers = []
    for template in exchange.send:
        answers += module.hear(module.due - 0.01, template.encode(known))
    return Framer().feed(b"".join(answers))


def exchanges(kind):
    return [
        pytest.param(name, e.name, id=f"{name}-{e.name}")
        for name in TALKING
        for e in DIALOGUES[name].exchanges
        if getattr(e, kind) and e is first_asking(name, e)
    ]


def first_asking(name, exchange):
    """The first exchange with the same question; a further one has the answer of another firmware."""
    return next(e for e in DIALOGUES[name].exchanges if e.send == exchange.send)


def another(profile: GnssProfile, variable: str, now: int | str) -> int | str:
    """A value that the variable may have and has not."""
    if variable in CONSTELLATIONS:
        return 1 - int(now)
    if variable == "baud":
        return next((b for b in profile.bauds if b != now), now)
    if variable == "period_ms":
        return now if profile.max_rate_hz and profile.max_rate_hz < 2 else 500 if now != 500 else 1000
    return (0 if now else 1) if variable in SENTENCES else now


def possible(profile: GnssProfile, exchange, state):
    """Other values for what an exchange sets: of all its variables, or of one, as it can say them."""
    other = {v: another(profile, v, state[v]) for v in exchange.sets}
    kept = {v: state[v] for v in exchange.sets}
    for wanted in (other, *({**kept, v: other[v]} for v in exchange.sets)):
        known = Dialogue(profile).variables.values({**state, **wanted})
        if all(name in known for template in exchange.send for name in template.names):
            return wanted
    return kept


@pytest.mark.parametrize("name", NAMES)
def test_each_profile_gives_a_module_that_sends_fixes(name):
    profile = gnss_profile(name)
    module, decoder = running(profile), Decoder()
    for kind in profile.output.required:  # some send nothing before they are asked
        module.state[kind.lower()] = module.state.get(kind.lower()) or 1
    bursts = [burst for _, burst in module.bursts(20.0)]
    fixes = [fix for burst in bursts for fix in decoder.feed(burst)] + decoder.flush()
    assert [fix.mode for fix in fixes][2:] == ["3d"] * (len(fixes) - 2)
    assert len(fixes) >= 18 * profile.rate_hz
    lines = [line for burst in bursts for line in burst.splitlines() if line[1:2] in b"GBQ"]
    kinds = [line[3:6].decode() for line in lines if line[3:6] != b"TXT"]
    assert set(profile.output.required) <= set(kinds)
    last = profile.output.ends_with
    if last and module.state.get(last.lower(), 1):
        assert kinds[-1] == last


@pytest.mark.parametrize("name", NAMES)
def test_what_a_module_says_by_itself_is_what_its_profile_looks_for(name):
    profile = gnss_profile(name)
    made = character(profile)
    lines = [line.partition(b"*")[0].decode() for line in made.banner]
    if lines and profile.identify.banner:
        assert any(re.search(pattern, line) for pattern in profile.identify.banner for line in lines)
    for state, said_lines in made.antenna.items():
        pattern = getattr(profile.antenna, state)
        for line in said_lines if pattern else ():
            assert re.search(pattern, line.partition(b"*")[0].decode()), (state, line)


@pytest.mark.parametrize(("name", "exchange_name"), exchanges("sets"))
def test_a_command_changes_the_state_and_is_answered(name, exchange_name):
    profile = gnss_profile(name)
    module = running(profile)
    exchange = next(e for e in Dialogue(profile).exchanges if e.name == exchange_name)
    wanted = possible(profile, exchange, module.state)
    messages = said(module, profile, exchange_name, **wanted)
    assert {v: module.state[v] for v in exchange.sets} == wanted
    answers = [m for template in exchange.answer for m in messages if template.match(m) is not None]
    assert len(answers) >= len(exchange.answer)


@pytest.mark.parametrize(("name", "exchange_name"), exchanges("reads"))
def test_a_query_is_answered_with_the_state(name, exchange_name):
    profile = gnss_profile(name)
    module = running(profile)
    dialogue = Dialogue(profile)
    exchange = next(e for e in dialogue.exchanges if e.name == exchange_name)
    messages = said(module, profile, exchange_name)
    found = {}
    for template in exchange.answer:
        carried = next(c for m in messages if (c := template.match(m)) is not None)
        found |= dialogue.variables.variables(carried)
    assert {v: found[v] for v in exchange.reads} == {v: module.state[v] for v in exchange.reads}


@pytest.mark.parametrize("name", FAST)
def test_a_faster_rate_is_kept(name):
    profile = gnss_profile(name)
    module = running(profile)
    said(module, profile, Dialogue(profile).setting("period_ms").name, period_ms=500)
    times = [t for t, _ in module.bursts(5.0)]
    assert [b - a for a, b in pairwise(times)] == [0.5] * (len(times) - 1)


@pytest.mark.parametrize("name", [n for n in TALKING if DIALOGUES[n].setting("baud")])
def test_settings_are_lost_with_the_power_unless_saved(name):
    profile = gnss_profile(name)
    module = running(profile)
    baud = another(profile, "baud", profile.baud)
    setting = Dialogue(profile).setting("baud").name
    said(module, profile, setting, baud=baud)
    assert module.baud == (None if module.controlled else baud)
    module.power_on(5.0)
    assert module.state["baud"] == profile.baud
    if Dialogue(profile).named("save"):
        said(module, profile, setting, baud=baud)
        said(module, profile, "save")
        module.power_on(6.0)
        assert module.state["baud"] == baud


@pytest.mark.parametrize(("firmware", "date"), [("", b"100407"), ("^SPG", b"100407"), ("^ROM", b"241126")])
def test_a_firmware_that_lost_a_week_count_has_early_dates(firmware, date):
    quirk = Quirk(why="it counts from 2007", firmware=firmware, weeks=1024)
    profile = msgspec.structs.replace(gnss_profile("ublox-neo-m9n"), quirks=(quirk,))
    [(_, burst)] = running(profile).bursts(1.5)
    assert date in next(line for line in burst.splitlines() if line[3:6] == b"RMC").split(b",")


def test_a_brown_out_forgets_even_what_was_saved():
    profile = gnss_profile("ublox-neo-m8n")
    module = running(profile)
    said(module, profile, DIALOGUES["ublox-neo-m8n"].setting("baud").name, baud=115200)
    said(module, profile, "save")
    module.faults.inject(fault("baud", 3.0))
    bursts = dict(module.bursts(5.0))
    assert module.baud == 9600
    assert bursts[3.0].startswith(character(profile).banner[0])
    assert not bursts[4.0].startswith(character(profile).banner[0])


@settings(max_examples=samples(60), deadline=None)
@given(st.sampled_from(TALKING or [""]), st.lists(st.binary(max_size=80), max_size=6))
def test_no_noise_breaks_or_changes_a_module(name, chunks):
    if not name:
        return
    module = running(gnss_profile(name))
    before = dict(module.state)
    for chunk in chunks:
        module.hear(module.due, b"$" + chunk + b"\r\n")
    assert module.state == before


@settings(max_examples=samples(15), deadline=None)
@given(st.sampled_from(TALKING), st.integers(0, 99), st.data())
def test_the_same_commands_give_the_same_bytes(name, seed, data):
    profile = gnss_profile(name)
    spoken = data.draw(st.lists(st.sampled_from(DIALOGUES[name].exchanges), max_size=5))
    lives = []
    for _ in range(2):
        module, life = running(profile, seed=seed), []
        for exchange in spoken:
            life += [burst for _, burst in module.bursts(module.due + 2.0)]
            life.append([m.body for m in said(module, profile, exchange.name)])
        lives.append(life)
    assert lives[0] == lives[1]
