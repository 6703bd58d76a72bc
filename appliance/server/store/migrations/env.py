"""What Alembic runs the migrations in."""

from __future__ import annotations

from alembic import context

from appliance.server.store.models import Base


def _run() -> None:
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


_run()
