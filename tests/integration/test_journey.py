"""One customer, from the first tap to the receipt, through the use cases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import METHODS
from appliance.server.store import invariants
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import cashier, kiosk, therapist
from tests.support.spa import Spa, open_spa, shop


@pytest.mark.parametrize("kind", ["store", "sqlite_store"])
def test_a_customer_goes_through(kind: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(kind)
    spa: Spa = open_spa(store)
    s = shop()
    tx = store.run(lambda u: kiosk.start(u, s, spa.kiosk)).id
    store.run(lambda u: kiosk.add_item(u, s, spa.kiosk, tx, spa.swedish_60))
    done = store.run(lambda u: kiosk.confirm_selection(u, s, spa.kiosk, tx, None))
    assert (done.transaction.code, done.queue_position) == ("0001", 1)
    store.run(lambda u: therapist.confirm_next(u, s, spa.ana))
    store.run(lambda u: therapist.start_service(u, s, spa.ana, tx))
    store.run(lambda u: therapist.add_service(u, s, spa.ana, tx, spa.swedish_30))
    store.run(lambda u: therapist.finish_service(u, s, spa.ana, tx))
    store.run(lambda u: cashier.claim_code(u, s, spa.eva, "0001"))
    paid = store.run(
        lambda u: cashier.pay(u, s, spa.eva, tx, [Offer(METHODS["cash"], Decimal(200))]).payment  # type: ignore[union-attr]
    )
    assert paid.change_amount == Decimal("70.00")
    assert store.run(lambda u: list(invariants.violations(u.session))) == []
