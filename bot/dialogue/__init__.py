"""How a talk moves: one event and a session in, a new session and replies out. Pure: no I/O, no clock, no randomness."""
