"""What Alembic runs: the steps, inside the transaction that `Database.migrate` has begun."""

from alembic import context
from sqlalchemy import Connection

from saywhy.exceptions.tables import Base

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
context.run_migrations()
