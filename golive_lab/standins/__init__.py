"""Stand-ins for services that others run and no package registry has: PagerDuty, change records, Statuspage, Grafana.

Each is one small application over the vendor's published API, as far as golive asks for it, and says of itself in every
answer that it is a stand-in. What it tells is made up anew for each answer, so that times are those of now; a fault
makes it tell something else.
"""
