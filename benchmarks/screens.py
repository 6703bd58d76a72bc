"""From a kiosk's confirmation to every screen that watches."""

from __future__ import annotations

import random
import time
from typing import Any, Final

import socketio

from appliance.server.domain.states import Actor

from .child import Child
from .figures import Results, percentile
from .fill import fill
from .lab import Lab, Shop

_BUSY_EVENING: Final = 12
"""Customers who wait already."""
_APART: Final = (1.0, 1.4)
"""Seconds between two confirmations: each gets a push of its own."""
_PATIENCE: Final = 10.0


def fanout(lab: Lab) -> Results:
    """Staff screens, then lobby boards, each from the sending of the event."""
    results: Results = {}
    for key, event, audience in (
        ("fanout_ms_p99", "queue_updated", "staff"),
        ("fanout_board_ms_p99", "board_updated", "display"),
    ):
        with lab.shop() as shop, lab.server(shop) as server, Child("benchmarks.watchers") as many:
            auth = _auth(shop, audience)
            many.ask("connect", port=server.port, auth=auth, count=lab.sizes.watchers)
            fill(lab, shop, waiting=_BUSY_EVENING)
            kiosk = connect_kiosk(shop, server.base_url)
            try:
                delays = _delays(lab, shop, kiosk, many, event)
            finally:
                kiosk.disconnect()
        print(f"    {audience}: p50 {percentile(delays, 0.5):.0f} ms, max {max(delays):.0f} ms")
        results[key] = percentile(delays, 0.99)
    return results


def _auth(shop: Shop, audience: str) -> dict[str, str]:
    if audience == "display":
        return {"device_token": shop.spa.device_tokens["lobby"]}
    manager: Actor = shop.spa.manager
    return {"token": shop.tokens([manager])[0]}


def _delays(lab: Lab, shop: Shop, kiosk: Any, many: Child, event: str) -> list[float]:
    """Milliseconds from each confirmation to each screen."""
    wanted = [{"service_classification_id": shop.spa.swedish_60}]
    delays: list[float] = []
    for _ in range(lab.sizes.confirms):
        time.sleep(random.uniform(*_APART))
        many.ask("mark", event=event)
        sent = time.monotonic()
        answer = kiosk.call("customer_confirm_selection", {"items": wanted})
        if not answer["ok"]:
            raise RuntimeError(f"a confirmation was refused: {answer}")
        arrivals = many.ask("arrivals", seconds=_PATIENCE)
        if len(arrivals) < lab.sizes.watchers:
            raise RuntimeError(f"only {len(arrivals)} screens heard of a change")
        delays += [(at - sent) * 1000 for at in arrivals]
    return delays


def connect_kiosk(shop: Shop, url: str) -> Any:
    """A kiosk's python-socketio client."""
    kiosk = socketio.Client(reconnection=False, handle_sigint=False)
    token = shop.spa.device_tokens["door"]
    kiosk.connect(url, auth={"device_token": token}, transports=["websocket"])
    return kiosk
