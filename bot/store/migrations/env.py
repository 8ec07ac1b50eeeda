"""What Alembic runs: the revisions that are missing, one process at a time, all or none."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.store import schema
from bot.store.errors import Stale
from bot.store.tables import metadata

LOCK = 7_283_164  # ours among the database's advisory locks
SAY = "INSERT INTO kept (name, state) VALUES (:name, :oldest) ON CONFLICT (name) DO UPDATE SET state = excluded.state"


def main() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.begin() as connection:
        # Two processes that start at once: the second waits here and then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.configure(connection=connection, target_metadata=metadata)
        found = context.get_context().get_current_revision()
        if found is not None and found > schema.HEAD:
            raise Stale(schema.NEWER.format(found=found, head=schema.HEAD))
        context.run_migrations()
        connection.execute(text(SAY), {"name": schema.OLDEST_KEPT, "oldest": schema.OLDEST})


main()
