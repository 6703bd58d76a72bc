"""The migrations are one line that ends where the server says: two that meet are seen here."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from appliance.server.store import migrations, schema


def test_the_migrations_are_one_line_that_ends_where_the_server_says() -> None:
    (folder,) = migrations.__path__
    scripts = ScriptDirectory(folder)
    assert scripts.get_heads() == [schema.HEAD]
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == [f"{number:04d}" for number in range(int(schema.HEAD), 0, -1)]
