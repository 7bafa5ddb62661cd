"""How counted things become verdicts: shares, rates, slopes, seconds, differences. Pure; imports nothing of ours.

Each module says at its head what it does not claim.
"""
