"""A real control plane on loopback: its programs, built once, its credentials, and what is deployed there."""
