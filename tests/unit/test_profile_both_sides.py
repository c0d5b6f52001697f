"""Every shipped receiver profile fits itself: what one side says, the other side understands."""

import re

import pytest

from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.frames import Framer
from drivers.gnss.dialogue.template import Template
from drivers.profiles import gnss_profile, profile_names
from drivers.sim.obedience import Obedience

State = dict[str, int | str]
every_profile = pytest.mark.parametrize("name", profile_names("gnss"))


@every_profile
def test_every_setting_comes_back_from_what_is_sent(name: str) -> None:
    profile = gnss_profile(name)
    dialogue = Dialogue(profile)
    values = dialogue.variables.values(profile.state)
    for one in (e for e in dialogue.exchanges if e.sets):
        back: State = {}
        for template in one.send:
            back |= dialogue.variables.variables(template.match(template.encode(values)) or {})
        assert {v: back.get(v) for v in one.sets} == {v: profile.state[v] for v in one.sets}, one.name


@every_profile
def test_the_simulated_module_answers_every_question(name: str) -> None:
    """Exchanges that send the same differ in what firmwares answer: one of them is the module's."""
    profile = gnss_profile(name)
    dialogue, receiver, state = Dialogue(profile), Obedience(profile), dict(profile.state)
    answered: dict[tuple[str, ...], bool] = {}
    for one in dialogue.exchanges:
        said = b""
        for frame in [t.encode(dialogue.variables.values(state)) for t in one.send]:
            for reply in receiver.hear(frame, state):
                said += b"".join(reply.answers)
                state.update(reply.changes)
        left = list(one.answer)
        for message in Framer().feed(said):
            left = left[1:] if left and left[0].match(message) is not None else left
        question = tuple(t.text for t in one.send)
        answered[question] = answered.get(question, False) or not left
    assert [question for question, done in answered.items() if not done] == []


@every_profile
@pytest.mark.parametrize("state", ["ok", "open", "short"])
def test_the_simulated_antenna_is_understood(name: str, state: str) -> None:
    profile = gnss_profile(name)
    for spoken in getattr(profile.speaks.antenna, state):
        line = Template.parse(spoken).encode({}).decode().partition("*")[0]
        told = [
            s for s in ("ok", "open", "short") if (p := getattr(profile.antenna, s)) and re.search(p, line)
        ]
        assert told == [state], line
