"""The first tables, and those of procrastinate beside them."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=None if nullable else sa.func.now())


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _contact() -> sa.Column[int]:
    return sa.Column("contact_id", sa.BigInteger, sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    _talks()
    _messages()
    _records()
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def _talks() -> None:
    op.create_table(
        "contacts",
        _id(),
        *_words("channel", "account", "contact"),
        _moment("created_at"),
        _moment("next_at", nullable=True),
        sa.Column("owner", sa.Text),
        _moment("locked_until", nullable=True),
        sa.Column("fence", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.UniqueConstraint("channel", "account", "contact", name="contacts_key"),
    )
    op.create_index("contacts_due", "contacts", ["channel", "next_at"], postgresql_where=sa.text("next_at IS NOT NULL AND owner IS NULL"))
    op.create_index("contacts_leased", "contacts", ["locked_until"], postgresql_where=sa.text("owner IS NOT NULL"))
    op.create_table(
        "sessions",
        sa.Column("contact_id", sa.BigInteger, sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("state", postgresql.JSONB),
        _moment("updated_at"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("sessions_quiet", "sessions", ["updated_at"], postgresql_using="brin")
    op.create_table("inbox", sa.Column("digest", sa.LargeBinary, primary_key=True), _moment("applied_at"))
    op.create_index("inbox_age", "inbox", ["applied_at"], postgresql_using="brin")


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("sender", sa.Enum("me", "bot", "person", name="message_sender"), nullable=False),
        sa.Column("status", sa.Enum("pending", "sent", "failed", "dropped", name="message_status"), nullable=False),
        sa.Column("body", postgresql.JSONB, nullable=False),
        _moment("created_at"),
        sa.Column("vanish", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        _moment("next_at", nullable=True),
        sa.Column("error", sa.Text),
        sa.Column("platform_id", sa.Text),
        _moment("sent_at", nullable=True),
        sa.PrimaryKeyConstraint("contact_id", "id", name="messages_pkey"),
    )
    op.create_index("messages_pending", "messages", ["contact_id", "id"], postgresql_where=sa.text("status = 'pending'"))
    op.create_index("messages_vanishing", "messages", ["contact_id"], postgresql_where=sa.text("vanish"))
    op.create_index("messages_age", "messages", ["created_at"], postgresql_using="brin")


def _records() -> None:
    op.create_table(
        "facts", _moment("at"), *_words("channel", "kind", "guide", "step", "detail", "volunteer"), sa.Column("data", postgresql.JSONB, nullable=False)
    )
    op.create_index("facts_at", "facts", ["at"], postgresql_using="brin")
    op.create_table("entries", _id(), _contact(), _moment("at"), *_words("channel", "payload", "guide", "step", "volunteer", "source"))
    op.create_index("ix_entries_contact_id", "entries", ["contact_id"])
    op.create_table(
        "handoffs",
        _id(),
        _contact(),
        *_words("reason", "guide", "step"),
        _moment("asked_at"),
        sa.Column("taken_by", sa.Text),
        _moment("closed_at", nullable=True),
    )
    op.create_index("handoffs_open", "handoffs", ["contact_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_table(
        "parked",
        _id(),
        _moment("at"),
        *_words("channel", "account", "contact"),
        sa.Column("event", postgresql.JSONB, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table("workers", sa.Column("owner", sa.Text, primary_key=True), _moment("seen_at"))


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away again; restore a backup instead")
