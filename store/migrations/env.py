"""Alembic's way in: run the migrations on the connection that `store.schema` hands over."""

from alembic import context

from store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
