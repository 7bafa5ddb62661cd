"""Reaching systems: one file each, with connect and total deadlines, raising typed errors and nothing else."""
