"""A job whose model has no known price costs nobody knows what, which was kept as nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("cost_usd", existing_type=sa.Double(), nullable=True)
    # Where a price is known tokens are not free.
    op.execute("UPDATE jobs SET cost_usd = NULL WHERE cost_usd = 0 AND tokens_in + tokens_out > 0")
