"""retention indexes

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WITH_WORDS = sa.text(
    "status = 'closed' AND (message IS NOT NULL OR contact_email IS NOT NULL OR contact_phone IS NOT NULL)"
)
REFERENCES = (
    ("emails", "assignment_id"),
    ("emails", "challenge_id"),
    ("assignments", "account_id"),
    ("role_request_items", "account_id"),
    ("operator_details", "created_by"),
)


def upgrade():
    # Rows come in the order of their time: a block range index is a few pages for millions of them (PostgreSQL only).
    op.create_index("ix_emails_created_at", "emails", ["created_at"], postgresql_using="brin")
    op.create_index("ix_links_created_at", "links", ["created_at"], postgresql_using="brin")
    # Whoever deletes a row looks for those that refer to it.
    for table, column in REFERENCES:
        some = None if table in {"role_request_items", "operator_details"} else sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=some, postgresql_where=some)
    op.create_index(
        "ix_role_requests_with_words",
        "role_requests",
        ["created_at"],
        sqlite_where=WITH_WORDS,
        postgresql_where=WITH_WORDS,
    )


def downgrade():
    op.drop_index("ix_role_requests_with_words", "role_requests")
    for table, column in REFERENCES:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_index("ix_links_created_at", "links")
    op.drop_index("ix_emails_created_at", "emails")
