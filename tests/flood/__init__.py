"""Reactions in numbers: platforms that send events as fast as they are taken, and processes that take them."""
