"""Named bad worlds. Each changes a server of the lab, never golive's input, client or clock, and undoes itself."""

import importlib
import pkgutil

from golive_lab.worlds.registry import WORLDS

__all__ = ["WORLDS"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
