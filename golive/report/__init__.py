"""Reports: everything that people and machines read is derived from the closed record, never from pytest's counters."""
