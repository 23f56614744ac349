"""what is open, found by key

SQLite has no statistics: with an index of everything of a person and one of what is open, it took the first and went
through all that is over. One index with both columns leaves it no choice.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PERSONAL = sa.text("account_id IS NOT NULL")
ASKED = sa.text("closed_at IS NULL")


def upgrade():
    op.drop_index("ix_assignments_inbox", "assignments")
    op.drop_index("ix_assignments_account_id", "assignments")
    op.create_index(
        "ix_assignments_account_id_closed_at",
        "assignments",
        ["account_id", "closed_at"],
        sqlite_where=PERSONAL,
        postgresql_where=PERSONAL,
    )
    op.drop_index("ix_role_request_items_account_id", "role_request_items")
    op.create_index("ix_role_request_items_account_id_status", "role_request_items", ["account_id", "status"])


def downgrade():
    op.drop_index("ix_role_request_items_account_id_status", "role_request_items")
    op.create_index("ix_role_request_items_account_id", "role_request_items", ["account_id"])
    op.drop_index("ix_assignments_account_id_closed_at", "assignments")
    op.create_index(
        "ix_assignments_account_id", "assignments", ["account_id"], sqlite_where=PERSONAL, postgresql_where=PERSONAL
    )
    op.create_index(
        "ix_assignments_inbox", "assignments", ["account_id", "since"], sqlite_where=ASKED, postgresql_where=ASKED
    )
