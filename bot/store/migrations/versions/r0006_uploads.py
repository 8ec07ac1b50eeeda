"""The ids under which platforms have our pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("channel", "account", "file")),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
