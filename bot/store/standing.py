"""On which steps people stand now: figures alone, read without a lock and without changing anything."""

from __future__ import annotations

import asyncpg

from bot.settings import Settings
from bot.store import queries
from bot.store.embedded import running_url
from bot.store.errors import Unavailable
from bot.store.store import AWAY

CONNECT_SECONDS = 5.0


async def standing(settings: Settings) -> dict[tuple[str, str], int]:
    """People by (guide, step), talks that were left for another guide among them; none where no database runs. Raises `Unavailable`.

    The embedded database is asked only while it runs: nothing is started to look.
    """
    url = settings.database_url.get_secret_value() if settings.database_url else running_url(settings.data_dir)
    if url is None:
        return {}
    options = {"application_name": "danloi check", "default_transaction_read_only": "on"}
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, server_settings=options)
        try:
            rows = await connection.fetch(queries.STANDING)
        except asyncpg.UndefinedTableError:
            return {}
        finally:
            await connection.close(timeout=CONNECT_SECONDS)
    except AWAY as error:
        raise Unavailable(f"the database is away ({type(error).__name__})") from error
    return {(row["guide"], row["step"]): row["people"] for row in rows}
