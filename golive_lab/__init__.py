"""The embedded default target: real servers on loopback, started for a run or kept up for many."""
