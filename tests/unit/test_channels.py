"""The inbox: bounded, in order, newest reading wins."""

import threading

import pytest

from agent.channels import Inbox, InboxFull
from agent.model import LoadReading, Tick
from drivers.gnss.backlog import Backlog
from drivers.readings import Fix


def reading(camera, frame):
    return LoadReading(frame, camera, "unknown", None, False, None, "m", frame)


def test_observations_leave_in_order():
    inbox = Inbox()
    for n in range(5):
        inbox.put(Tick(n))
    assert [inbox.get(0).mono_ns for _ in range(5)] == [0, 1, 2, 3, 4]
    assert inbox.get(0) is None


def test_the_newest_reading_of_a_camera_wins():
    inbox = Inbox()
    for n in range(3):
        inbox.put(reading("bed", n))
    inbox.put(reading("tail", 9))
    assert sorted(inbox.get(0).frame for _ in range(2)) == [2, 9]
    assert inbox.replaced == 2


def test_a_full_inbox_refuses_and_counts_but_takes_readings():
    inbox = Inbox(bound=2)
    inbox.put(Tick(1))
    inbox.put(Tick(2))
    with pytest.raises(InboxFull):
        inbox.put(Tick(3), timeout_s=0)
    inbox.put(reading("bed", 1))
    assert inbox.refused == 1
    assert len(inbox) == 3


def test_a_sender_waits_for_room():
    inbox = Inbox(bound=1)
    inbox.put(Tick(1))
    sender = threading.Thread(target=inbox.put, args=(Tick(2), 10))
    sender.start()
    assert inbox.get(1).mono_ns == 1
    sender.join(10)
    assert inbox.get(1).mono_ns == 2


def test_an_offer_is_taken_or_kept_by_the_sender_at_once():
    """The receiver's fixes: it may not wait for a slow core, or its line overflows."""
    inbox = Inbox(bound=2)
    backlog = Backlog(inbox.offer)
    backlog.send([Fix(n, "none") for n in range(5)])
    assert (len(inbox), inbox.refused, backlog.lost) == (2, 0, 0)
    taken = []
    while len(inbox):
        taken.append(inbox.get(0).mono_ns)
        backlog.send([])
    assert taken == [0, 1, 2, 3, 4]
