"""Statements on visits. Rows are locked in `claims.py` alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from appliance.server.domain.states import TransactionStatus

from .models import Transaction

_AT_ONCE: Final = 100


def by_id(session: Session, transaction_id: int) -> Transaction | None:
    """This visit, without a lock; None where it does not exist."""
    return session.get(Transaction, transaction_id)


def idle_selections(session: Session, before: datetime) -> Sequence[int]:
    """Ids of selections at a kiosk that nobody has touched since; at most a hundred."""
    return session.scalars(
        select(Transaction.id)
        .where(Transaction.status == TransactionStatus.SELECTING, Transaction.touched_at < before)
        .limit(_AT_ONCE)
    ).all()
