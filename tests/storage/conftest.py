from tests.storage.databases import another_url, database, kind, postgres, sqlite_template, url

__all__ = ["another_url", "database", "kind", "postgres", "sqlite_template", "url"]
