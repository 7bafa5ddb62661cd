"""Load at a fixed arrival rate: locust in a process of its own, exact counters, a ledger, the generator's own health.

``golive.load.driver`` runs a plan and gives a result. Only ``locustfile.py``, which that process loads, imports locust.
"""
