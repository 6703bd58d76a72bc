"""Keeping the staff, the rooms, the devices and the catalogue: a module each."""

from .catalog import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
    Translations,
    export_catalog,
    import_catalog,
)
from .devices import add_device, enrolment_link, let_in, list_devices, revoke_device
from .rooms import add_room
from .staff import (
    add_staff,
    check_password,
    disable_staff,
    enable_staff,
    end_tokens,
    list_staff,
    require_empty,
    revoke_staff,
    set_password,
    set_room,
    staff_named,
)

__all__ = [
    "CatalogCategory",
    "CatalogClassification",
    "CatalogService",
    "Translations",
    "add_device",
    "add_room",
    "add_staff",
    "check_password",
    "disable_staff",
    "enable_staff",
    "end_tokens",
    "enrolment_link",
    "export_catalog",
    "import_catalog",
    "let_in",
    "list_devices",
    "list_staff",
    "require_empty",
    "revoke_device",
    "revoke_staff",
    "set_password",
    "set_room",
    "staff_named",
]
