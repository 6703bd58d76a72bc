"""The same product with one thing changed, for releases that only a test would make."""

from __future__ import annotations

from pathlib import Path

from appliance.server.store.schema import HEAD

_NEXT = "9999"
_MIGRATION = f'''"""A table and a column that only a test wants."""

import sqlalchemy as sa
from alembic import op

revision = "{_NEXT}"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half_way", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("rooms", sa.Column("half_way", sa.Integer(), nullable=True))
    op.get_bind().execute(sa.text("SELECT SLEEP(2)"))
    MIDDLE


def downgrade() -> None:
    op.drop_column("rooms", "half_way")
    op.drop_table("half_way")
'''
_BLOCKS = """

def _block(*_: object) -> None:
    from gevent import monkey

    monkey.get_original("time", "sleep")(600)


signal.signal(signal.SIGUSR1, _block)
"""


def blockable(product: Path) -> None:
    """SIGUSR1 blocks the event loop, as a careless call would."""
    module = product / "appliance/server/main.py"
    module.write_text(module.read_text() + _BLOCKS)


def never_well(product: Path) -> None:
    """Starts and serves, but its health says that it is not well."""
    _replace(product / "appliance/server/http/health.py", "ok=well,", "ok=False,")


def migrated(product: Path) -> None:
    """Has a newer schema, whose migration takes its time."""
    _migrate(product, "pass")


def half_migrated(product: Path) -> None:
    """Has a newer schema, whose migration fails in the middle: not in the rehearsal beside the
    live data, where it would be refused before anything stops, but on the live data.
    """
    _migrate(
        product,
        'if op.get_bind().execute(sa.text("SELECT DATABASE()")).scalar() == "appliance":\n'
        '        raise RuntimeError("the migration failed in the middle")',
    )


def _migrate(product: Path, middle: str) -> None:
    store = product / "appliance/server/store"
    (store / f"migrations/versions/{_NEXT}_test.py").write_text(
        _MIGRATION.replace("MIDDLE", middle)
    )
    _replace(store / "schema.py", f'HEAD: Final = "{HEAD}"', f'HEAD: Final = "{_NEXT}"')


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path} no longer says {old}"
    path.write_text(text.replace(old, new))
