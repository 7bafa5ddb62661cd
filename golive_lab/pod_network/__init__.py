"""A stand-in for the network between pods, and for the processes that would try it."""
