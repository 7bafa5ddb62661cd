"""Load at a fixed arrival rate, and the window in which everything about performance is looked at."""
