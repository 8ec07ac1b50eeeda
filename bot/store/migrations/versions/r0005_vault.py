"""Nobody is named any more: hashes and encrypted addresses instead of the platforms' ids; what was not understood."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from bot.store.vault import Vault

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WEB = "web"
ROWS = 5000


def upgrade() -> None:
    vault: Vault = context.config.attributes["vault"]
    _hide_contacts(vault)
    _hide_parked(vault)
    _change("inbox", "digest", ("digest",), "digest = n.digest", lambda row: {"digest": vault.hide_digest(row.digest)})
    # What was updated or dropped still stands in the table's file until that is written anew. CLUSTER would take our own transaction's
    # old rows along; a change of type writes only what is there now.
    for table in ("contacts", "parked", "inbox"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN digest TYPE bytea USING substring(digest FROM 1)")
    op.create_table(
        "gaps",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("language", "guide", "step", "text", "consent")),
    )
    op.create_index("ix_gaps_tag", "gaps", ["tag"])


def _hide_contacts(vault: Vault) -> None:
    op.add_column("contacts", sa.Column("digest", sa.LargeBinary))
    op.add_column("contacts", sa.Column("address", sa.LargeBinary))

    def hidden(row: sa.Row[tuple[object, ...]]) -> dict[str, object]:
        digest = vault.digest(row.channel, row.contact)
        return {"digest": digest, "address": None if row.channel == WEB else vault.seal(digest, row.contact)}

    _change("contacts", "id", ("digest", "address"), "digest = n.digest, address = n.address", hidden)
    op.alter_column("contacts", "digest", nullable=False)
    op.drop_column("contacts", "contact")  # and the unique index with it
    op.create_unique_constraint("contacts_key", "contacts", ["channel", "account", "digest"])


def _hide_parked(vault: Vault) -> None:
    op.add_column("parked", sa.Column("digest", sa.LargeBinary))
    _change("parked", "id", ("digest",), "digest = n.digest, event = event - 'id' - 'contact'", lambda row: {"digest": vault.digest(row.channel, row.contact)})
    op.alter_column("parked", "digest", nullable=False)
    op.drop_column("parked", "contact")


def _change(table: str, key: str, columns: tuple[str, ...], change: str, of: Callable[[sa.Row[tuple[object, ...]]], dict[str, object]]) -> None:
    """Set columns of every row to what `of` makes of the row, some thousands at a time."""
    bind = op.get_bind()
    type_of_key = "bigint" if key == "id" else "bytea"
    types = ", ".join(f"CAST(:{column}s AS bytea[])" for column in columns)
    statement = sa.text(
        f"UPDATE {table} SET {change} FROM unnest(CAST(:keys AS {type_of_key}[]), {types}) AS n (key, {', '.join(columns)}) WHERE {table}.{key} = n.key"  # noqa: S608
    )
    rows = bind.execute(sa.text(f"SELECT * FROM {table}")).fetchall()  # noqa: S608
    for at in range(0, len(rows), ROWS):
        part = rows[at : at + ROWS]
        new = [of(row) for row in part]
        values = {f"{column}s": [one[column] for one in new] for column in columns}
        bind.execute(statement, {"keys": [getattr(row, key) for row in part], **values})
