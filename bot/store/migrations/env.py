"""What Alembic runs: the revisions that are missing, one process at a time, all or none."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.store.tables import metadata

LOCK = 7_283_164  # ours among the database's advisory locks


def main() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.begin() as connection:
        # Two processes that start at once: the second waits here and then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()


main()
