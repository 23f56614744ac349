"""email changes

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "email_changes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("new_email", sa.String(length=254), nullable=False),
        sa.Column("old_link_id", sa.Uuid(), nullable=False),
        sa.Column("new_link_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_email_changes_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["new_link_id"], ["links.id"], name=op.f("fk_email_changes_new_link_id_links"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["old_link_id"], ["links.id"], name=op.f("fk_email_changes_old_link_id_links"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_email_changes")),
        sa.UniqueConstraint("new_link_id", name=op.f("uq_email_changes_new_link_id")),
        sa.UniqueConstraint("old_link_id", name=op.f("uq_email_changes_old_link_id")),
    )


def downgrade():
    op.drop_table("email_changes")
