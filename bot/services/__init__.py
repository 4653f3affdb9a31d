"""Use cases: one module per concept. They ask the domain, save, and never wait on the network in a transaction."""
