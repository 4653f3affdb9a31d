"""Where the truth is kept: SQLAlchemy Core tables and repositories for SQLite and PostgreSQL alike."""
