"""Changes of devices as records: each loss and return at once, other reasons after a while."""

import pytest

from drivers.readings import CameraHealth, ReceiverHealth


def word(t, connected, reason=None):
    t.at += 1
    t.feed(ReceiverHealth(t.now, "tty", connected, reason))


def told(t):
    return [(e.data["connected"], e.data["reason"]) for e in t.emitted("device.changed")]


def test_the_reason_that_lasts_is_told_later_and_once(timeline):
    t = timeline()
    word(t, True)
    word(t, False, "unplugged")
    for _ in range(60):
        word(t, False, "no such device")
    word(t, True)
    assert told(t) == [(True, None), (False, "unplugged"), (False, "no such device"), (True, None)]


@pytest.mark.parametrize("reasons", [10**6, 2])
def test_reasons_that_change_each_second_fill_no_journal(timeline, reasons):
    t = timeline()
    for n in range(3600):
        word(t, False, f"in use by cat (pid {n % reasons})")
    assert 1 < len(told(t)) <= 361


def test_cameras_are_told_apart(timeline):
    t = timeline()
    for n in range(20):
        t.at += 1
        for camera in ("bed", "cab"):
            t.feed(CameraHealth(t.now, camera, "body", False, f"{camera} {n // 10}"))
    assert [e.subject for e in t.emitted("device.changed")] == ["camera:bed", "camera:cab"] * 2
