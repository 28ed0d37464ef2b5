"""Alembic's environment (`env`) and the migrations, a module each in `versions`, written by hand and never changed once released."""
