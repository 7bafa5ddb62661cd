"""kwok, which plays the cluster's nodes, and what becomes of the cluster once they are there.

No container runs, and no network policy is enforced: that a pod runs is what kwok says of it.
"""

from __future__ import annotations

from typing import ClassVar

from golive.waiting import Deadline, wait_until
from golive_lab.kubernetes import nodes, rights, setting_up
from golive_lab.kubernetes.deploying import Site, deployed
from golive_lab.kubernetes.place import HOST
from golive_lab.kubernetes.programs import needed
from golive_lab.services.base import Launch, Progress
from golive_lab.services.kubernetes import ClusterPart

PODS = "10.244.0.0/16"


class KwokService(ClusterPart):
    """The nodes: each says that it is ready and that its pods run; ``exec`` runs on the host as a user without rights.

    Its kubelet port asks nobody for credentials, so it is on loopback alone, as all of the lab.
    """

    name: ClassVar[str] = "kwok"
    program: ClassVar[str] = "kwok"
    needs: ClassVar[frozenset[str]] = frozenset({"kube_controller_manager", "kube_scheduler", "postgres"})

    def launch(self) -> Launch:
        """All nodes in one process."""
        settings = nodes.write_settings(self.lab, self.place)
        certificate, key = self.served_over_tls()
        return self.start(
            f"--kubeconfig={self.place.kubeconfig('kwok')}",
            f"--config={settings}",
            "--manage-all-nodes=true",
            f"--cidr={PODS}",
            f"--node-ip={HOST}",
            f"--node-port={self.current_port}",
            f"--server-address={HOST}:{self.current_port}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            "--node-lease-duration-seconds=40",
        )

    def ready(self) -> str | None:
        """Whether its kubelet answers."""
        return self.healthy()

    def settle(self, progress: Progress) -> None:
        """Nodes and what a cluster has before anything is deployed; then the release."""
        progress("its nodes")
        with self.place.api() as api:
            nodes.register(api, self.lab.configuration.cluster.nodes)
            wait_until(lambda: nodes.lacking(api), Deadline(self.name, "all nodes' being ready", self.ready_seconds))
            progress("what it is set up with")
            site = Site(self.lab.folder, self.lab.configuration, needed(self.lab.cache))
            site.kubectl("apply", *(word for file in rights.files() for word in ("-f", str(file))))
            setting_up.apply(api, self.lab)
            if not deployed(api, self.lab.configuration):
                site.deploy(self.lab.configuration.platform.release, progress)
