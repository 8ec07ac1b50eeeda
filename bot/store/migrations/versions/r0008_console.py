"""When a volunteer first answered and last did something, for the console.

Programs of the version before go on beside it: they name the columns that they write, and let these two be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("answered_at", "acted_at"):
        op.add_column("handoffs", sa.Column(name, sa.DateTime(timezone=True)))
