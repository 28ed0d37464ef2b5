"""What Alembic runs: the migrations, over the connection that `schema.bring_up` opened and within its transaction."""

from alembic import context

attributes = context.config.attributes
context.configure(connection=attributes["connection"], version_table=attributes["version_table"])
context.run_migrations()
