"""The log of deliveries, and what a worker's sign of life says about its channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("trouble", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.create_table(
        "sends",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("calls", JSONB, nullable=False),
    )
    op.create_index("sends_contact", "sends", ["contact_id"])
    op.create_index("sends_failures", "sends", ["channel", "id"], postgresql_where=sa.text("result <> 'sent'"))
    op.create_index("sends_at", "sends", ["at"], postgresql_using="brin")
