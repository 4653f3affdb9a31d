from tests.storage.databases import kind, postgres, sqlite_template

__all__ = ["kind", "postgres", "sqlite_template"]
