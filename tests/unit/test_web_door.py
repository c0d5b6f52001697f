"""Who may come in to the technician's page."""

import pytest

from agent.web.door import SECOND, Door, Locked


class Clock:
    def __init__(self) -> None:
        self.now = 10**15

    def __call__(self) -> int:
        return self.now


class Door2(Door):
    """A door whose codes the test hears."""

    def __init__(self, *roles) -> None:
        self.clock, self.codes = Clock(), {}
        super().__init__(roles, self.clock, self.codes.__setitem__)


@pytest.fixture
def door() -> Door2:
    return Door2("view", "technician")


def test_a_code_is_good_for_one_entry(door):
    code = door.codes["view"]
    token, session = door.enter(code)
    assert session.role == "view"
    assert door.session(token) is session
    assert door.codes["view"] != code
    assert door.enter(code) is None


def test_blanks_in_a_code_do_not_matter(door):
    code = door.codes["technician"]
    assert door.enter(f" {code[:4]} {code[4:]}\n")[1].role == "technician"


def test_without_its_code_there_is_no_technician():
    door = Door2("view")
    assert set(door.codes) == {"view"}
    assert door.enter("") is None


def wrong(door):
    return next(f"{n:08}" for n in range(3) if f"{n:08}" not in door.codes.values())


def test_five_wrong_codes_lock_even_the_right_one_out(door):
    for _ in range(5):
        assert door.enter(wrong(door)) is None
    with pytest.raises(Locked) as locked:
        door.enter(door.codes["view"])
    assert locked.value.seconds == 60
    door.clock.now += 60 * SECOND
    assert door.enter(door.codes["view"])


def test_each_lock_is_twice_as_long_up_to_an_hour(door):
    lengths = []
    for _ in range(8):
        for _ in range(5):
            door.enter(wrong(door))
        with pytest.raises(Locked) as locked:
            door.enter(wrong(door))
        lengths.append(locked.value.seconds)
        door.clock.now += locked.value.seconds * SECOND
    assert lengths == [60, 120, 240, 480, 960, 1920, 3600, 3600]


@pytest.mark.parametrize(("step_s", "lasts"), [(1799, True), (1801, False)])
def test_a_session_ends_when_nobody_uses_it(door, step_s, lasts):
    token, _ = door.enter(door.codes["view"])
    door.clock.now += step_s * SECOND
    assert (door.session(token) is not None) == lasts


def test_a_session_ends_after_a_day_of_work(door):
    token, _ = door.enter(door.codes["view"])
    for _ in range(16):
        door.clock.now += 1790 * SECOND
        assert door.session(token)
    door.clock.now += 1790 * SECOND
    assert door.session(token) is None


def test_leaving_ends_it(door):
    token, _ = door.enter(door.codes["view"])
    door.leave(token)
    assert door.session(token) is None
    assert door.session(None) is None


def test_no_more_than_twenty_at_a_time(door):
    tokens = [door.enter(door.codes["view"])[0] for _ in range(21)]
    assert door.session(tokens[0]) is None
    assert door.session(tokens[1])
