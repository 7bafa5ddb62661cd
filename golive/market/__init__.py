"""What the domain knows: market calendars, intervals and contract months. Pure, and imports nothing of ours."""
