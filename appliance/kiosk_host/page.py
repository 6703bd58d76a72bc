"""The page in a browser, over Chromium's debugging port.

Source of the methods: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import Any, Final

import websocket

from .screens import LOOPBACK, Screen

PATIENCE_SECONDS: Final = 5.0
_ITS_OWN: Final = ".top-chrome/"


class Silent(Exception):
    """The page did not answer."""


class Gone(Silent):
    """There is no browser."""


class Page:
    """What a screen shows, and nothing beside it.

    Args:
        screen: Whose.
    """

    def __init__(self, screen: Screen) -> None:
        self._port = screen.port
        self._own: str | None = None

    def address(self) -> str:
        """Where the page is, said by the page's own thread.

        Raises:
            Gone: There is no browser.
            Silent: It does not answer, or there is no page.
        """
        answer = self._ask("Runtime.evaluate", expression="location.href", returnByValue=True)
        return str(answer.get("result", {}).get("value", ""))

    def open(self, address: str) -> None:
        """Go to an address.

        Raises:
            Silent: There is no page.
        """
        self._ask("Page.navigate", url=address)

    def show(self, html: str) -> None:
        """Show this instead of what is there.

        Raises:
            Silent: There is no page.
        """
        frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._ask("Page.setDocumentContent", frameId=frame, html=html)

    def forget_where_it_was(self) -> None:
        """Leave nothing to go back to.

        Raises:
            Silent: There is no page.
        """
        self._ask("Page.resetNavigationHistory")

    def close_others(self) -> int:
        """Close what somebody has opened beside the page: windows, tabs, tools.

        Returns:
            How many there were.

        Raises:
            Silent: The browser does not answer.
        """
        own = self._target()["id"]
        others = [found for found in self._targets() if found["id"] != own]
        for found in others:
            self._http("GET", f"/json/close/{found['id']}")
        return len(others)

    def _targets(self) -> list[dict[str, Any]]:
        found = json.loads(self._http("GET", "/json/list"))
        # Chromium's own parts, such as the list under its address bar, are pages as well.
        return [
            target for target in found if target["type"] == "page" and _ITS_OWN not in target["url"]
        ]

    def _target(self) -> dict[str, Any]:
        """The one page that is ours: the first that there was, for as long as it is there."""
        found = self._targets()
        if not found:
            raise Silent("there is no page")
        # The newest comes first in Chromium's list.
        own = next((target for target in found if target["id"] == self._own), found[-1])
        self._own = own["id"]
        return own

    def _http(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=PATIENCE_SECONDS)
        try:
            with contextlib.closing(connection):
                connection.request(method, path)
                return connection.getresponse().read()
        except ConnectionRefusedError as error:
            raise Gone(str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise Silent(str(error)) from error

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        try:
            socket = websocket.create_connection(
                self._target()["webSocketDebuggerUrl"],
                timeout=PATIENCE_SECONDS,
                suppress_origin=True,
            )
            with contextlib.closing(socket):
                socket.send(json.dumps({"id": 1, "method": method, "params": params}))
                while (answer := json.loads(socket.recv())).get("id") != 1:
                    pass
        except ConnectionRefusedError as error:
            raise Gone(str(error)) from error
        except (OSError, ValueError, LookupError, websocket.WebSocketException) as error:
            raise Silent(str(error)) from error
        if "result" not in answer:
            raise Silent(str(answer.get("error")))
        return dict(answer["result"])
