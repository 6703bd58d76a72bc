"""Open connections of those who have not said who they are: few, and slow together."""

from __future__ import annotations

from appliance.server.edge import lines
from appliance.server.edge.lines import Lines
from tests.security.test_throttle import Seconds

GUEST, OTHER = "192.0.2.7", "192.0.2.8"


def test_an_address_has_room_for_so_many_strangers_and_more_of_those_it_knows() -> None:
    known = Lines(1000, Seconds())
    first = known.open("first", GUEST)
    for number in range(1, lines.STRANGERS_PER_ADDRESS):
        known.open(str(number), GUEST)
    assert not known.has_room(GUEST)
    assert known.has_room(OTHER)
    first.identified()
    assert known.has_room(GUEST)
    known.open("another", GUEST)
    assert not known.has_room(GUEST)
    known.close("another")
    known.close("first")
    assert known.has_room(GUEST)


def test_a_hundred_lines_of_strangers_are_not_a_hundred_times_as_fast() -> None:
    seconds = Seconds()
    known = Lines(1000, seconds)
    guests = [known.open(str(number), GUEST) for number in range(100)]
    waits = [guest.take_frames(seconds.now, 100) for guest in guests]
    assert max(waits) >= (100 * 100 - lines.STRANGERS_FRAME_BURST) / lines.STRANGERS_FRAME_RATE
    assert known.open("other", OTHER).take_frames(seconds.now, 100) == 0
    staff = known.open("staff", GUEST)
    staff.identified()
    assert staff.take_frames(seconds.now, 100) == 0
