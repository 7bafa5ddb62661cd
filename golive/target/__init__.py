"""What a target is: endpoints, personas, limits, granted levels, and secrets by reference."""

from golive.target.model import Level, Target
from golive.target.secrets import SecretReference

__all__ = ["Level", "SecretReference", "Target"]
