"""Guesses are slowed down, floods are paced, and nobody is locked out by somebody else."""

from __future__ import annotations

import contextlib
import math

import pytest

from appliance.server.auth.throttle import (
    ADDRESS,
    FORGET_AFTER_SECONDS,
    PERSON,
    SHARE,
    Key,
    LogInThrottle,
    by_address,
    by_browser,
    by_person,
    by_person_from,
)
from appliance.server.domain.errors import TooManyAttempts
from appliance.server.edge.pace import REMEMBER_AT_MOST, Bucket, Pace, network_of


class Seconds:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def throttle(seconds: Seconds) -> LogInThrottle:
    return LogInThrottle(seconds)


ANA = by_person("ana")
HERE = by_address("192.0.2.7")
ELSEWHERE = by_address("192.0.2.8")
TABLET = by_browser("tablet")


def guess(throttle: LogInThrottle, times: int, *keys: object) -> None:
    for _ in range(times):
        throttle.begin(keys)  # type: ignore[arg-type]


def pause(throttle: LogInThrottle, *keys: object) -> int:
    """The seconds that the next attempt has to wait."""
    try:
        throttle.check(keys)  # type: ignore[arg-type]
    except TooManyAttempts as error:
        return error.retry_after
    return 0


def test_the_first_wrong_guesses_cost_nothing(throttle: LogInThrottle) -> None:
    guess(throttle, PERSON.free, ANA, HERE)
    assert pause(throttle, ANA, HERE) == 0


def test_the_pause_doubles_up_to_its_longest(throttle: LogInThrottle, seconds: Seconds) -> None:
    guess(throttle, PERSON.free, ANA)
    pauses = []
    for _ in range(9):
        guess(throttle, 1, ANA)
        pauses.append(pause(throttle, ANA))
        seconds.now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_what_comes_in_a_pause_is_refused_and_not_counted(
    throttle: LogInThrottle, seconds: Seconds
) -> None:
    guess(throttle, PERSON.free + 1, ANA)
    for _ in range(100):
        with pytest.raises(TooManyAttempts) as refused:
            throttle.begin([ANA])
        assert refused.value.retry_after == 1
    seconds.now += 1
    guess(throttle, 1, ANA)
    assert pause(throttle, ANA) == 2, "the hundred have not made it longer"


def test_guesses_from_everywhere_count_against_one_person(throttle: LogInThrottle) -> None:
    for number in range(PERSON.free + 1):
        guess(throttle, 1, ANA, by_address(f"192.0.2.{number}"))
    assert pause(throttle, ANA, ELSEWHERE) == 1
    assert pause(throttle, by_person("ben"), ELSEWHERE) == 0


GUESSES_A_SECOND = 4
MINUTES = 20


def a_guess_every_quarter_of_a_second(
    throttle: LogInThrottle, seconds: Seconds, attacker: list[Key], victim: list[Key]
) -> tuple[int, int]:
    """Guess for twenty minutes; returns how many guesses were looked at, and how often the victim
    could not log in, who tries every ten seconds and is right."""
    looked_at = kept_out = 0
    for number in range(MINUTES * 60 * GUESSES_A_SECOND):
        seconds.now += 1 / GUESSES_A_SECOND
        with contextlib.suppress(TooManyAttempts):
            throttle.begin(attacker)
            looked_at += 1
        if number % (10 * GUESSES_A_SECOND) == 0:
            try:
                throttle.begin(victim)
                throttle.was_right([key for key in victim if key.kind != "person"])
            except TooManyAttempts:
                kept_out += 1
    return looked_at, kept_out


def test_nobody_is_kept_out_by_one_device_that_guesses(
    throttle: LogInThrottle, seconds: Seconds
) -> None:
    looked_at, kept_out = a_guess_every_quarter_of_a_second(
        throttle,
        seconds,
        [by_person_from("ana", "192.0.2.7"), ANA, HERE],
        [by_person_from("ana", "192.0.2.8"), ANA, ELSEWHERE],
    )
    assert kept_out == 0
    assert looked_at <= PERSON.free + 7 + MINUTES


def test_control_counted_by_person_alone_one_device_keeps_everybody_out(
    throttle: LogInThrottle, seconds: Seconds
) -> None:
    _, kept_out = a_guess_every_quarter_of_a_second(
        throttle, seconds, [ANA, HERE], [ANA, ELSEWHERE]
    )
    assert kept_out > MINUTES * 60 / 10 * 0.9


def test_guesses_from_many_addresses_at_one_person_are_bounded_together(
    throttle: LogInThrottle, seconds: Seconds
) -> None:
    addresses = [f"192.0.2.{number}" for number in range(1, 51)]
    looked_at = 0
    for number in range(MINUTES * 60 * GUESSES_A_SECOND):
        seconds.now += 1 / GUESSES_A_SECOND
        address = addresses[number % len(addresses)]
        with contextlib.suppress(TooManyAttempts):
            throttle.begin([by_person_from("ana", address), ANA, by_address(address)])
            looked_at += 1
    first_tries = len(addresses) * math.ceil(MINUTES * 60 / FORGET_AFTER_SECONDS)
    assert looked_at <= first_tries + PERSON.free + 7 + MINUTES


def test_under_an_attack_from_many_the_first_try_from_a_new_place_is_looked_at(
    throttle: LogInThrottle,
) -> None:
    for number in range(PERSON.free + 1):
        address = f"192.0.2.{100 + number}"
        guess(throttle, 1, by_person_from("ana", address), ANA, by_address(address))
    new = by_person_from("ana", "192.0.2.8")
    assert pause(throttle, ANA) == 1
    assert pause(throttle, new, ANA, ELSEWHERE) == 0
    guess(throttle, 1, new, ANA, ELSEWHERE)
    assert pause(throttle, new, ANA, ELSEWHERE) > 0, "one try, not as many as there are addresses"


def test_what_was_not_counted_is_not_taken_back(throttle: LogInThrottle) -> None:
    keys = [by_person_from("ana", "192.0.2.7"), ANA, HERE]
    for _ in range(SHARE):
        throttle.begin(keys)
    counted = throttle.begin(keys)
    assert ANA not in counted
    throttle.was_not_looked_at(counted)
    guess(throttle, PERSON.free - SHARE, ANA)
    assert pause(throttle, ANA) == 0
    guess(throttle, 1, ANA)
    assert pause(throttle, ANA) == 1


def test_guesses_at_everybody_count_against_one_address(throttle: LogInThrottle) -> None:
    for number in range(ADDRESS.free + 1):
        guess(throttle, 1, by_person(str(number)), HERE)
    assert pause(throttle, by_person("new"), HERE) == 1
    assert pause(throttle, by_person("new"), ELSEWHERE) == 0


def test_a_known_browser_is_not_touched_by_strangers(throttle: LogInThrottle) -> None:
    guess(throttle, PERSON.free + 1, ANA, HERE)
    assert pause(throttle, ANA) > 0
    assert pause(throttle, TABLET) == 0


def test_attempts_at_the_same_moment_are_counted_before_they_are_known_to_be_wrong(
    throttle: LogInThrottle,
) -> None:
    guess(throttle, PERSON.free + 1, ANA)
    with pytest.raises(TooManyAttempts):
        throttle.begin([ANA])


def test_a_right_password_starts_a_person_over_but_not_an_address(
    throttle: LogInThrottle,
) -> None:
    guess(throttle, PERSON.free + 1, ANA, HERE)
    throttle.was_right([ANA, HERE])
    assert pause(throttle, ANA, HERE) == 0
    guess(throttle, PERSON.free, ANA)
    assert pause(throttle, ANA) == 0
    for number in range(ADDRESS.free - PERSON.free + 1):
        guess(throttle, 1, by_person(str(number)), HERE)
    assert pause(throttle, HERE) == 1, "its wrong guesses still count"


def test_what_nobody_could_look_at_does_not_count(throttle: LogInThrottle) -> None:
    for _ in range(PERSON.free * 3):
        throttle.begin([ANA, HERE])
        throttle.was_not_looked_at([ANA, HERE])
    assert pause(throttle, ANA, HERE) == 0


def test_guesses_are_forgotten(throttle: LogInThrottle, seconds: Seconds) -> None:
    guess(throttle, PERSON.free, ANA)
    seconds.now += FORGET_AFTER_SECONDS + 1
    guess(throttle, PERSON.free, ANA)
    assert pause(throttle, ANA) == 0


def test_memory_is_bounded(throttle: LogInThrottle) -> None:
    for number in range(REMEMBER_AT_MOST * 3):
        throttle.begin([by_person(str(number))])
    assert len(throttle) == REMEMBER_AT_MOST


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=3)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, pytest.approx(0.1), pytest.approx(0.2)]
    assert bucket.take(0.3) == 0
    assert bucket.take(100.0) == 0
    assert [bucket.take_if_there(100.0) for _ in range(3)] == [True, True, False]


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    bucket = Bucket(rate=1, burst=2)
    bucket.take(10.0)
    assert bucket.take(5.0) == 0


def test_each_address_has_its_own_pace(seconds: Seconds) -> None:
    pace = Pace(rate=1, burst=2, clock=seconds)
    assert [pace.take("192.0.2.1") for _ in range(3)] == [0, 0, 1]
    assert pace.take("192.0.2.2") == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("no address", "unknown"),
    ],
)
def test_what_one_customer_of_a_provider_has_counts_as_one(
    address: str | None, network: str
) -> None:
    assert network_of(address) == network
