"""What runs within the generator's processes only, beside locust; others know but how long it waits at the end."""

GRACE_S = 4.0
"""After the last possible answer, until the load is called overdue: two reports of a worker, and a busy machine."""
