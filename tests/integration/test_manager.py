"""Keeping the catalogue, the staff, the rooms and the devices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from appliance.server.auth import tokens
from appliance.server.domain.errors import DomainError, InvalidState, NotFound, ValidationFailed
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import SYSTEM, Role
from appliance.server.store import queries
from appliance.server.store.catalog import categories
from appliance.server.store.models import AuthToken, Device, HistoryEntry, Staff
from appliance.server.store.unit_of_work import Changes, Store
from appliance.server.usecases import manager
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.server.wire import catalog_file, serialize
from appliance.server.wire.answers import body
from tests.support.spa import CATALOG, Spa, open_spa, password_hash
from tests.support.visits import Visits


def import_(store: Store, catalog: list[CatalogCategory]) -> None:
    store.run(lambda u: manager.import_catalog(u, SYSTEM, catalog))


AT_REST: dict[str, Any] = {"tax_rate": Decimal(0), "turn_value": Decimal(1)}
"""What an entry says by itself, beside nothing."""


def export(store: Store) -> list[CatalogCategory]:
    """What is exported, without what is as it is by itself."""

    def changed(entry: Any) -> dict[str, Any]:
        return {
            name: said
            for name, said in entry.more.items()
            if said not in (None, "", (), AT_REST.get(name))
        }

    return [
        replace(
            category,
            more=changed(category),
            services=tuple(
                replace(
                    service,
                    more=changed(service),
                    classifications=tuple(
                        replace(variant, more=changed(variant))
                        for variant in service.classifications
                    ),
                )
                for service in category.services
            ),
        )
        for category in store.run(manager.export_catalog)
    ]


def offered(store: Store) -> dict[str, Any]:
    rows = store.run(lambda u: categories(u.session))
    return body(serialize.catalog(rows, "USD", store.clock()))


def ids(store: Store) -> dict[str, int]:
    """Ids of everything that is offered, by path."""
    found: dict[str, int] = {}
    for category in offered(store)["categories"]:
        found[category["name"]] = category["id"]
        for service in category["services"]:
            found[f"{category['name']}/{service['name']}"] = service["id"]
            for variant in service["classifications"]:
                found[f"{category['name']}/{service['name']}/{variant['name']}"] = variant["id"]
    return found


def catalog(category: str = "Sauna", service: str = "Finnish", variant: str = "One") -> list:
    return [
        CatalogCategory(
            category,
            (CatalogService(service, "", (CatalogClassification(variant, Decimal("9.50"), 15),)),),
        )
    ]


# --- the catalogue ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["store", "sqlite_store"])
def test_what_is_imported_is_exported(kind: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(kind)
    import_(store, CATALOG)
    assert export(store) == CATALOG


def test_the_catalogue_survives_the_way_through_a_file(store: Store) -> None:
    import_(store, CATALOG)
    import_(store, catalog_file.load(catalog_file.dump(export(store))))
    assert export(store) == CATALOG


def test_importing_the_same_again_changes_no_id(store: Store) -> None:
    import_(store, CATALOG)
    before = ids(store)
    import_(store, CATALOG)
    assert ids(store) == before


def test_the_order_of_the_file_is_the_order_on_the_screen(store: Store) -> None:
    import_(store, CATALOG)
    import_(store, CATALOG[::-1])
    assert [category["name"] for category in offered(store)["categories"]] == ["Facial", "Massage"]


def test_what_is_not_on_the_list_any_more_is_not_offered(store: Store) -> None:
    import_(store, CATALOG)
    import_(store, CATALOG[1:])
    assert set(ids(store)) == {"Facial", "Facial/Classic", "Facial/Classic/One"}
    assert export(store) == CATALOG[1:]


def test_what_comes_back_is_the_old_entry_again(store: Store) -> None:
    import_(store, CATALOG)
    before = ids(store)
    import_(store, catalog())
    import_(store, CATALOG)
    assert ids(store) == before


def test_a_new_price_counts_from_now_on(visits: Visits, spa: Spa) -> None:
    there = visits.waiting(spa.swedish_30)
    dearer = catalog("Massage", "Swedish Massage", "30 minutes")
    import_(visits.store, dearer)
    assert visits.row(there).total_amount == Decimal("50.00")
    assert visits.row(visits.waiting(spa.swedish_30)).total_amount == Decimal("9.50")


@pytest.mark.parametrize(
    ("old", "new"),
    [("Sauna", "SAUNA"), ("Cafe", "Café"), ("Sauna", "sauna"), ("Strasse", "Straße")],
)
@pytest.mark.parametrize("level", ["category", "service", "variant"])
def test_a_name_may_change_its_capitals_and_accents(
    store: Store, level: str, old: str, new: str
) -> None:
    import_(store, catalog(**{level: old}))
    import_(store, catalog(**{level: new}))
    assert export(store) == catalog(**{level: new})


def test_names_that_differ_in_an_accent_may_stand_side_by_side(store: Store) -> None:
    both = [*catalog("Pate"), *catalog("Pâté")]
    import_(store, both)
    assert export(store) == both


def test_names_of_every_script_are_kept(store: Store) -> None:
    every = catalog("按摩", "தலை மசாஜ்", "💆 60 دقيقة")
    import_(store, every)
    assert export(store) == every


def test_screens_hear_of_a_new_catalogue(store: Store) -> None:
    told: list[Changes] = []
    store.on_commit = told.append
    import_(store, CATALOG)
    assert told[0].catalog


def test_a_catalogue_that_is_wrong_in_the_end_changes_nothing(store: Store) -> None:
    import_(store, CATALOG)
    negative = CatalogClassification("Bad", Decimal(-1), 15)
    wrong = [*catalog(), CatalogCategory("Bad", (CatalogService("Bad", "", (negative,)),))]
    with pytest.raises((DBAPIError, DomainError)):
        import_(store, wrong)
    assert export(store) == CATALOG


# --- the staff --------------------------------------------------------------------------------


def add(store: Store, role: Role, username: str, room: str | None = None, name: str = "X") -> Staff:
    return store.run(
        lambda u: manager.add_staff(u, SYSTEM, role, username, name, password_hash(), room)
    )


def test_a_therapist_has_a_room(store: Store, spa: Spa) -> None:
    person = add(store, Role.THERAPIST, "zoe", "2", "  Zoe  ")
    assert (person.username, person.name, person.room_number) == ("zoe", "Zoe", "2")
    assert person.on_duty_since is None


def test_a_room_has_to_be_there_first(store: Store, spa: Spa) -> None:
    with pytest.raises(NotFound, match="No such room: 99"):
        add(store, Role.THERAPIST, "zoe", "99")


def test_only_a_therapist_has_a_room(store: Store, spa: Spa) -> None:
    with pytest.raises(ValidationFailed, match="Only a therapist"):
        add(store, Role.CASHIER, "zoe", "1")


@pytest.mark.parametrize("username", ["ana", "ANA", "Ana"])
def test_a_user_name_is_given_once(store: Store, spa: Spa, username: str) -> None:
    with pytest.raises(InvalidState, match="taken"):
        add(store, Role.CASHIER, username)


@pytest.mark.parametrize(
    "username", ["", " ", "a b", "-a", ".a", "a\n", "é", "a/b", "a" * 65, "<script>"]
)
def test_an_odd_user_name_is_refused(store: Store, spa: Spa, username: str) -> None:
    with pytest.raises(ValidationFailed, match="Usernames"):
        add(store, Role.CASHIER, username)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_an_odd_name_is_refused(store: Store, spa: Spa, name: str) -> None:
    with pytest.raises(ValidationFailed, match="Name must"):
        add(store, Role.CASHIER, "zoe", name=name)


@pytest.mark.parametrize("role", [Role.KIOSK, Role.SYSTEM, Role.PERIPHERALS])
def test_a_device_is_no_staff(store: Store, spa: Spa, role: Role) -> None:
    with pytest.raises(ValidationFailed, match="A role is one of"):
        add(store, role, "zoe")


@pytest.mark.parametrize("password", ["", "short", "x" * 7, "x" * 201])
def test_a_password_worth_nothing_is_refused(password: str) -> None:
    with pytest.raises(ValidationFailed, match="8–200"):
        manager.check_password(password)


ENDINGS = {
    "revoke": lambda u: manager.revoke_staff(u, SYSTEM, "ana"),
    "disable": lambda u: manager.disable_staff(u, SYSTEM, "ana"),
    "set-password": lambda u: manager.set_password(u, SYSTEM, "ana", "another hash"),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_a_persons_token_and_duty_end_at_once(store: Store, spa: Spa, how: str) -> None:
    token, _ = store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ana")))
    told: list[Changes] = []
    store.on_commit = told.append
    store.run(ENDINGS[how])
    assert store.run(lambda u: tokens.find_person(u, token)) is None
    assert store.run(lambda u: manager.staff_named(u, "ana")).on_duty_since is None
    assert spa.ana.key in told[0].revoked
    left = store.run(lambda u: u.session.scalars(select(AuthToken.staff_id)).all())
    assert spa.ana.id not in left


def test_other_peoples_tokens_go_on(store: Store, spa: Spa) -> None:
    token, _ = store.run(lambda u: tokens.issue(u, manager.staff_named(u, "ben")))
    store.run(ENDINGS["revoke"])
    assert store.run(lambda u: tokens.find_person(u, token)) is not None


def test_disabling_twice_keeps_the_first_time(store: Store, spa: Spa) -> None:
    first = store.run(ENDINGS["disable"]).disabled_at
    assert store.run(ENDINGS["disable"]).disabled_at == first is not None


@pytest.mark.parametrize("how", ENDINGS)
def test_nobody_of_that_name_is_said(store: Store, how: str) -> None:
    with pytest.raises(NotFound, match="ana"):
        store.run(ENDINGS[how])


def test_what_a_manager_does_stands_in_the_history(store: Store, spa: Spa) -> None:
    store.run(lambda u: manager.disable_staff(u, spa.manager, "ana"))
    last = store.run(
        lambda u: u.session.scalars(select(HistoryEntry).order_by(HistoryEntry.id.desc())).first()
    )
    assert last is not None
    assert (last.event, last.actor_name) == ("staff_disabled", "Gloria")
    assert last.detail == {"username": "ana"}


def test_no_history_ever_holds_a_secret(store: Store, spa: Spa) -> None:
    store.run(ENDINGS["set-password"])
    details = store.run(lambda u: u.session.scalars(select(HistoryEntry.detail)).all())
    secrets = [password_hash(), "another hash", *spa.device_tokens.values()]
    assert not [secret for secret in secrets if secret in str(details)]


# --- rooms ------------------------------------------------------------------------------------


def test_a_room_is_added_once(store: Store, spa: Spa) -> None:
    with pytest.raises(InvalidState, match="Room 1 already"):
        store.run(lambda u: manager.add_room(u, SYSTEM, "1"))


@pytest.mark.parametrize("number", ["", " ", "1\n", "x" * 21])
def test_an_odd_room_number_is_refused(store: Store, number: str) -> None:
    with pytest.raises(ValidationFailed, match="Room name"):
        store.run(lambda u: manager.add_room(u, SYSTEM, number))


def test_rooms_show_who_is_on_duty(store: Store, spa: Spa) -> None:
    store.run(lambda u: manager.revoke_staff(u, SYSTEM, "ben"))
    shown = store.run(lambda u: queries.rooms(u.session))
    assert [(room.room_number, name) for room, name in shown] == [("1", "Ana"), ("2", None)]


# --- devices ----------------------------------------------------------------------------------


def test_a_device_is_known_by_its_token_of_which_only_a_digest_is_kept(
    store: Store, spa: Spa
) -> None:
    token = store.run(lambda u: manager.add_device(u, SYSTEM, Role.KIOSK, "garden"))
    device = store.run(lambda u: tokens.find_device(u, token))
    assert device is not None
    assert device.name == "garden"
    assert device.digest == token_digest(token)
    assert token.encode() not in device.digest
    assert len(token) >= 43


def test_a_revoked_device_is_unknown_at_once(store: Store, spa: Spa) -> None:
    told: list[Changes] = []
    store.on_commit = told.append
    store.run(lambda u: manager.revoke_device(u, SYSTEM, "door"))
    assert store.run(lambda u: tokens.find_device(u, spa.device_tokens["door"])) is None
    assert store.run(lambda u: tokens.find_device(u, spa.device_tokens["pool"])) is not None
    assert spa.kiosk.key in told[0].revoked


def test_a_kiosks_token_opens_no_other_door(store: Store, spa: Spa) -> None:
    token = spa.device_tokens["door"]
    assert store.run(lambda u: tokens.find_device(u, token, Role.PERIPHERALS)) is None


def test_a_devices_name_is_given_once(store: Store, spa: Spa) -> None:
    with pytest.raises(InvalidState, match="door already"):
        store.run(lambda u: manager.add_device(u, SYSTEM, Role.DISPLAY, "door"))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SYSTEM])
def test_a_person_is_no_device(store: Store, role: Role) -> None:
    with pytest.raises(ValidationFailed, match="A kind is one of"):
        store.run(lambda u: manager.add_device(u, SYSTEM, role, "door"))


def test_revoking_what_never_was_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="garden"):
        store.run(lambda u: manager.revoke_device(u, SYSTEM, "garden"))


def test_devices_are_listed_by_kind_and_name(store: Store, spa: Spa) -> None:
    found = store.run(manager.list_devices)
    assert [(device.kind, device.name) for device, _ in found] == [
        (Role.DISPLAY, "lobby"),
        (Role.KIOSK, "door"),
        (Role.KIOSK, "pool"),
        (Role.PERIPHERALS, "pi"),
    ]
    assert all(isinstance(device, Device) for device, _ in found)


# --- first data -------------------------------------------------------------------------------


def test_first_data_goes_into_an_empty_shop_only(store: Store) -> None:
    store.run(manager.require_empty)
    open_spa(store)
    with pytest.raises(InvalidState, match="first data already"):
        store.run(manager.require_empty)
