"""Name servers of the lab: two that have the zone, and one that asks them for others. Real DNS over UDP and TCP."""
