"""The description of the HTTP side is true: every route is in it, and every answer as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from appliance.server.app import Application, create_app
from appliance.server.auth import tokens
from appliance.server.auth.permissions import ROUTES
from appliance.server.clock import utc_now
from appliance.server.config import Settings
from appliance.server.domain.states import STAFF_ROLES
from appliance.server.http import openapi
from appliance.server.store import schema as database_schema
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import kiosk, manager
from appliance.server.wire.errors import HTTP_STATUS
from tests.support.spa import Spa, open_spa, shop

EXAMPLES = 10


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The server in this process, on a database file, with people and a customer in it."""
    folder = tmp_path_factory.mktemp("openapi")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{folder / 'spa.sqlite'}")
        made = create_app(Settings.from_environment())
    database_schema.upgrade(made.store.database.engine)
    yield made
    made.store.database.dispose()


@pytest.fixture(scope="module")
def spa(application: Application) -> Spa:
    spa = open_spa(Store(application.store.database, utc_now))
    application.store.run(
        lambda unit: kiosk.confirm_selection(unit, shop(), spa.kiosk, None, [spa.swedish_30])
    )
    return spa


def log_in(application: Application, username: str) -> str:
    return application.store.run(
        lambda unit: tokens.issue(unit, manager.staff_named(unit, username))[0]
    )


def described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in openapi.description()["paths"].items()
        for method in operations
    }


def test_it_is_served(application: Application) -> None:
    answer = application.flask.test_client().get("/openapi.json")
    assert answer.get_json() == openapi.description()


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule))
        for (method, rule), permission in ROUTES.items()
        if not permission.optional
    }
    assert described() == routes


def test_it_says_who_may_use_a_route_as_the_table_does() -> None:
    paths = openapi.description()["paths"]
    for (method, rule), permission in ROUTES.items():
        if permission.optional:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
        security = paths[path][method.lower()]["security"]
        assert bool([way for way in security if way]) == (not permission.open), path
        named = {name for way in security for name in way}
        staff = bool(permission.roles & set(STAFF_ROLES))
        assert ("bearer" in named) == ("session" in named) == staff
        for kind in ("kiosk", "display"):
            assert (f"{kind}-cookie" in named) == (kind in permission.roles)


NOT_CHECKED = [ignored_auth, positive_data_acceptance]
"""The first takes the cookies that a test brings for ones that it has made up: `test_table.py` does
it. The second knows no request that has the right shape and is refused for what it says: a 30th of
February, a `request_id` that named something else. The description has a
400 for these, and `one_shape` looks at them."""


@schemathesis.check
def one_shape(_context: CheckContext, response: Response, _case: schemathesis.Case) -> None:
    """No bug, and every refusal has the one shape with a status that its code stands for."""
    assert response.status_code != 500
    kind = response.headers["content-type"][0]
    if response.status_code >= 400 and not kind.startswith("text/html"):
        body = response.json()
        assert set(body) - {"retry_after"} == {"ok", "error", "code"}, body
        assert body["ok"] is False
        assert body["code"] in HTTP_STATUS
        unspecific = {405, 413, 415, 414}
        assert response.status_code in {HTTP_STATUS[body["code"]], *unspecific}
    elif kind.startswith("application/json"):
        body = response.json()
        # The description itself and a catalogue of sentences are documents, not answers.
        assert body.get("ok") is True or "openapi" in body or "messages" in body


@pytest.fixture(scope="module")
def api(application: Application, spa: Spa) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", application.flask)


@pytest.mark.parametrize("who", ["nobody", "gloria", "kiosk"])
@pytest.mark.parametrize(("method", "path"), sorted(described()))
def test_every_answer_is_as_described(
    api: Any, application: Application, spa: Spa, method: str, path: str, who: str
) -> None:
    operation = api[path][method]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        # Schemathesis reads the body of a WSGI answer as it is.
        headers: dict[str, str] = {"Accept-Encoding": "identity"}
        cookies: dict[str, str] = {}
        if who == "gloria":
            headers["Authorization"] = f"Bearer {log_in(application, who)}"
        elif who == "kiosk":
            cookies["appliance_kiosk"] = spa.device_tokens["door"]
        case.call_and_validate(headers=headers, cookies=cookies, excluded_checks=NOT_CHECKED)

    check()
