"""How the tables became what they are: one Alembic revision a change."""
