from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]
