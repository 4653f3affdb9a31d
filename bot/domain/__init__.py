"""Values and pure functions: no I/O, no asyncio, no logging, no clock but the argument."""
