"""The cluster's network: what its policies allow between the pods that run, and what can be connected in truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from golive.clients.kubernetes import SYSTEM, ClusterClient
from golive.errors import NoEvidence, NotDescribed, ProtocolBroken
from golive.facts.network_matrix import Evaluation, Scene, evaluation
from golive.facts.network_policy import Pod, Policies, pod_of
from golive.facts.network_probe import LABEL, Probes
from golive.facts.network_tries import Tries, outcome, plan, refuse_one_sided
from golive.residue import RunId
from golive.target import Target
from golive.target.needed import required

ITEM = "security.network_policies"
GROUP = "networking.k8s.io"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""Every kind that is served, in one answer: Kubernetes 1.30 and newer."""
FIREWALLS = ("NetworkPolicy", "EgressFirewall", "NetworkPolicySet")
"""How kinds end that let through or stop besides NetworkPolicy itself: Cilium's, Calico's, Antrea's, OVN's, and those
that administrators have for a whole cluster."""


class Network:
    """The platform's namespaces, and those of every end that the target declares; asked anew for each fact."""

    def __init__(self, target: Target, run: RunId) -> None:
        """Raises NotDescribed where the target has no [network_policies]."""
        self.settings = required(target.network_policies, "network_policies", ITEM)
        cluster = target.cluster
        self._own = frozenset((cluster.application_namespace, cluster.infrastructure_namespace))
        self._client, self._run = ClusterClient(target), run

    @property
    def evaluation(self) -> Evaluation:
        """What the policies say. Raises NoEvidence where others are in force that golive does not understand."""
        self._refuse_other_kinds()
        return evaluation(self._scene())

    @property
    def tries(self) -> Tries:
        """What probes could connect to. Raises NotDescribed where the target says none, and as Probes does."""
        if self.settings.probe is None:
            raise NotDescribed(
                SYSTEM, "policies enforce nothing by themselves, and the target says no probe to try them",
                hint='add probe = { image = "…" } to [network_policies]',
            )  # fmt: skip
        scene = self._scene()
        sources = plan(scene)
        probes = Probes(self._client, self.settings.probe, self._run)
        letters, by = probes.letters(sources, scene.policies.all)
        tries = outcome(zip(sources, letters, strict=True), by)
        refuse_one_sided(tries)
        return tries

    def _scene(self) -> Scene:
        spaces = {
            each["metadata"]["name"]: each["metadata"].get("labels") or {}
            for each in self._client.list("/api/v1/namespaces")
        }
        further = {end.namespace for end in self.settings.ends.values() if end.namespace}
        outside = {self.settings.probe.outside} if self.settings.probe and self.settings.probe.outside else set()
        looked_at = sorted(self._own | further | outside)
        policies = (
            each
            for space in looked_at
            for each in self._client.list(f"/apis/{GROUP}/v1/namespaces/{space}/networkpolicies")
        )
        pods = [pod for space in looked_at for pod in self._pods(space, spaces.get(space, {}))]
        return Scene(Policies.read(policies), pods, spaces, self._own, self.settings)

    def _pods(self, space: str, labels: Mapping[str, str]) -> Iterator[Pod]:
        """Those that run and are to go on, without the suite's own."""
        for each in self._client.list(f"/api/v1/namespaces/{space}/pods"):
            runs = (each.get("status") or {}).get("phase") == "Running" and "deletionTimestamp" not in each["metadata"]
            if runs and LABEL not in (each["metadata"].get("labels") or {}):
                yield pod_of(each, labels)

    def _refuse_other_kinds(self) -> None:
        """Kinds of policies that are served are no harm as long as there is none of them."""
        for group, version, resource, kind in self._other_kinds():
            there = self._client.list(f"/apis/{group}/{version}/{resource}")
            if there:
                first = there[0]["metadata"]
                place = "/".join(part for part in (first.get("namespace"), first.get("name")) if part)
                raise NoEvidence(
                    SYSTEM,
                    f"{len(there)} {kind} of {group}, {place} among them: golive does not understand what they let "
                    "through or stop",
                    hint="have a NetworkPolicy say it, or waive the item with a reason",
                )

    def _other_kinds(self) -> Iterator[tuple[str, str, str, str]]:
        """Group, version, resource and kind."""
        said = self._client.ask("GET", "/apis", accept=DISCOVERY)
        groups = said.body.get("items")
        if not isinstance(groups, list):
            raise ProtocolBroken(
                SYSTEM, f"/apis: HTTP {said.status}, no list of what is served", hint="is it older than 1.30?"
            )
        for group in groups:
            name, versions = group["metadata"].get("name", ""), group.get("versions") or ()
            if name and name != GROUP:
                yield from _firewalls(name, versions)


def _firewalls(group: str, versions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """Each resource once, by the first version that has it: every version that is served shows the same objects."""
    seen: set[str] = set()
    for version in versions:
        for each in version.get("resources") or ():
            kind, resource = str((each.get("responseKind") or {}).get("kind", "")), str(each["resource"])
            if resource not in seen and kind.endswith(FIREWALLS) and "list" in each.get("verbs", ()):
                seen.add(resource)
                yield group, str(version["version"]), resource, kind
