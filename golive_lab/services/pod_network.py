"""The stand-in for the network between pods: kwok runs no containers, so what a probe would find is worked out.

Options: ``enforces_nothing`` lets every connection through whatever policies say, ``enforces_no_egress`` all but what
the destination's side stops, ``enforces_no_ingress`` all but what the source's side stops; ``cuts_prices`` lets nobody
reach that service; ``says_nothing`` ends probes without a word.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from golive_lab.files import write_json
from golive_lab.process import python_environment
from golive_lab.services.base import Launch
from golive_lab.services.kubernetes import ClusterPart


class PodNetworkService(ClusterPart):
    """One process, which asks the API server and answers nowhere."""

    name: ClassVar[str] = "pod_network"
    needs: ClassVar[frozenset[str]] = frozenset({"kwok"})

    def launch(self) -> Launch:
        """Its own credentials, and what the options ask for."""
        home = self.lab.data(self.name)
        user = self.place.credentials.user("pod-network")
        settings = {
            "url": self.place.url,
            "ca_file": str(self.place.credentials.authority.ca_file),
            "cert_file": str(user.cert_file),
            "key_file": str(user.key_file),
            "faults": sorted(self.options.names),
        }
        write_json(home / "config.json", settings)
        argv = (sys.executable, "-P", "-m", "golive_lab.pod_network", "--config", str(home / "config.json"))
        return Launch(argv, python_environment(), home)

    def ready(self) -> str | None:
        """It is at work once launched."""
        return None
