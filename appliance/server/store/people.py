"""The people who work here, and the tokens that they log in with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from appliance.server.domain.states import Actor, Role

from .models import AuthToken, Staff
from .prepared import Prepared
from .unit_of_work import UnitOfWork, affected


@dataclass(frozen=True, slots=True)
class Token:
    """A token that a person was given.

    Attributes:
        person: Whose it is.
        username: What they log in with.
        disabled: Whether they may log in no more.
        digest: What the database keeps of it.
        touched_at: When its use was last written down.
        expires_at: When it ends unless it is used.
    """

    person: Actor
    username: str
    disabled: bool
    digest: bytes
    touched_at: datetime
    expires_at: datetime


_TOKEN: Final = Prepared(
    select(
        AuthToken.digest,
        AuthToken.touched_at,
        AuthToken.expires_at,
        Staff.id,
        Staff.role,
        Staff.username,
        Staff.name,
        Staff.room_number,
        Staff.disabled_at,
    )
    .join(AuthToken.staff)
    .where(AuthToken.digest == bindparam("digest"))
)
"""Every event of a person asks it."""

_AT_ONCE: Final = 100


def named(session: Session, username: str) -> Staff | None:
    """The person with this username, whatever their role."""
    return session.scalars(select(Staff).where(Staff.username == username)).first()


def by_id(session: Session, person_id: int) -> Staff | None:
    """The person with this id."""
    return session.get(Staff, person_id)


def language_of(session: Session, person_id: int) -> str | None:
    """In which language somebody's pages speak; None where they have not chosen one."""
    return session.scalars(select(Staff.language).where(Staff.id == person_id)).first()


def everybody(session: Session) -> Sequence[Staff]:
    """Everybody, by role and username."""
    return session.scalars(select(Staff).order_by(Staff.role, Staff.username)).all()


def take(session: Session, person: Staff) -> Staff:
    """Take a person, so that nobody else changes them meanwhile, as they are now."""
    session.refresh(person, with_for_update=True)
    return person


def in_room(session: Session, room_number: str) -> Sequence[Staff]:
    """Whose room this is, disabled or not, by name."""
    return session.scalars(
        select(Staff).where(Staff.room_number == room_number).order_by(Staff.name, Staff.id)
    ).all()


def has_manager(session: Session) -> bool:
    """Whether there is a manager who could log in."""
    manager = exists().where(Staff.role == Role.MANAGER, Staff.disabled_at.is_(None))
    return bool(session.scalar(select(manager)))


def anybody(session: Session) -> bool:
    """Whether anybody works here, or ever did."""
    return bool(session.scalar(select(exists().where(Staff.id.is_not(None)))))


def put_into_room(unit: UnitOfWork, person_id: int, room_number: str) -> None:
    """Write which room somebody works in from now on; both rooms are locked."""
    unit.connection.execute(
        update(Staff).where(Staff.id == person_id).values(room_number=room_number)
    )


def on_duty_in(session: Session, room_number: str) -> Staff | None:
    """The therapist on duty whose room this is; of several, who came last and is on no break."""
    return session.scalars(
        select(Staff)
        .where(
            Staff.role == Role.THERAPIST,
            Staff.room_number == room_number,
            Staff.on_duty_since.is_not(None),
            Staff.disabled_at.is_(None),
        )
        .order_by(Staff.on_break_since.is_not(None), Staff.on_duty_since.desc())
        .limit(1)
    ).first()


def token(session: Session, digest: bytes) -> Token | None:
    """The token with this digest, good or not, as it is now."""
    row = _TOKEN.first(session.connection(), {"digest": digest})
    if row is None:
        return None
    held, touched_at, expires_at, person_id, role, username, name, room_number, disabled_at = row
    return Token(
        person=Actor(role, person_id, name, room_number),
        username=username,
        disabled=disabled_at is not None,
        digest=held,
        touched_at=touched_at,
        expires_at=expires_at,
    )


def add_token(
    session: Session, person: Staff, digest: bytes, now: datetime, expires_at: datetime
) -> None:
    """Write a person's new token beside those that they have."""
    session.add(
        AuthToken(
            staff_id=person.id,
            digest=digest,
            created_at=now,
            touched_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()


def logged_in(session: Session, person_id: int, now: datetime) -> bool:
    """Whether this person can act: has a good token, and is not disabled."""
    return bool(
        session.scalar(
            select(
                exists()
                .where(
                    AuthToken.staff_id == person_id,
                    AuthToken.expires_at > now,
                )
                .where(Staff.id == AuthToken.staff_id, Staff.disabled_at.is_(None))
            )
        )
    )


def slide_token(session: Session, held: Token) -> None:
    """Write down when a token was used, and until when it is good now."""
    session.execute(
        update(AuthToken)
        .where(AuthToken.staff_id == held.person.id, AuthToken.digest == held.digest)
        .values(touched_at=held.touched_at, expires_at=held.expires_at)
        .execution_options(synchronize_session=False)
    )


def take_tokens(session: Session, person: Staff) -> None:
    """End all tokens of a person."""
    session.execute(delete(AuthToken).where(AuthToken.staff_id == person.id))


def take_other_tokens(session: Session, person: Staff, but: bytes) -> None:
    """End all tokens of a person but the one with this digest."""
    session.execute(
        delete(AuthToken).where(AuthToken.staff_id == person.id, AuthToken.digest != but)
    )


def take_token(session: Session, person_id: int, digest: bytes) -> bool:
    """End one token of a person; False where it is not theirs, or has ended."""
    removed = session.execute(
        delete(AuthToken).where(AuthToken.staff_id == person_id, AuthToken.digest == digest)
    )
    return affected(removed) > 0


def take_oldest_tokens(session: Session, person: Staff, keep: int) -> bool:
    """End the tokens of a person that were used longest ago; False where there are no more."""
    digests = session.scalars(
        select(AuthToken.digest)
        .where(AuthToken.staff_id == person.id)
        .order_by(AuthToken.touched_at.desc(), AuthToken.created_at.desc())
        .offset(keep)
        .limit(_AT_ONCE)
    ).all()
    if digests:
        session.execute(delete(AuthToken).where(AuthToken.digest.in_(digests)))
    return bool(digests)


def is_logged_in(session: Session, person: Staff, now: datetime) -> bool:
    """Whether a person has a token that is good now."""
    good = exists().where(AuthToken.staff_id == person.id, AuthToken.expires_at > now)
    return bool(session.scalar(select(good)))


def take_expired_tokens(session: Session, person: Staff, now: datetime) -> bool:
    """End those tokens of a person that have expired; False where none has."""
    removed = session.execute(
        delete(AuthToken).where(AuthToken.staff_id == person.id, AuthToken.expires_at <= now)
    )
    return affected(removed) > 0


def with_expired_tokens(session: Session, now: datetime) -> Sequence[Staff]:
    """Whose tokens have expired and are still there."""
    expired = select(AuthToken.staff_id).where(AuthToken.expires_at <= now)
    return session.scalars(select(Staff).where(Staff.id.in_(expired))).all()


def good_tokens(session: Session, digests: Collection[bytes], now: datetime) -> set[bytes]:
    """Which of these digests are of a token that is good now."""
    return set(
        session.scalars(
            select(AuthToken.digest)
            .join(AuthToken.staff)
            .where(
                AuthToken.digest.in_(digests),
                AuthToken.expires_at > now,
                Staff.disabled_at.is_(None),
            )
        )
    )
