"""Tables for a test's database, made from the classes: faster than the migrations.

`test_store_schema.py` proves that both ways give the same.
"""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from store.database import Database
from store.schema import MIGRATIONS
from store.tables import Base


def create_schema(url: str) -> None:
    """Make every table and note the newest migration as run."""
    database = Database(url)
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(ScriptDirectory(MIGRATIONS), "head")
    database.dispose()
