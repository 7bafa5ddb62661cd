"""Who is on call by the stand-in for PagerDuty: ids of people who do not exist."""

from typing import Final

FIRST: Final = ("PUSER01", "PUSER02", "PUSER03")
SECOND: Final = ("PUSER04", "PUSER05")
