"""A cluster's control plane, each part a process of its own: API server, controllers, scheduler and storage.

Options of ``kube_apiserver``: ``other_ca`` shows a certificate that nobody trusts; ``anonymous`` lets those in who show
no credential; ``without_pod_security`` has that admission plugin off.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from golive.errors import LabUnavailable
from golive_lab.certificates import Authority
from golive_lab.files import write_json
from golive_lab.kubernetes.place import HOST, Place
from golive_lab.kubernetes.programs import Programs, needed
from golive_lab.process import environment
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from golive_lab.context import Lab

SERVICES = "10.96.0.0/16"
MACHINERY = (
    "system:apiserver",
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "kwok-controller",
    "pod-network-stand-in",
)
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": MACHINERY},
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata"},
    ],
}


class ClusterPart(LabService):
    """What the parts have in common."""

    system: ClassVar[str] = "cluster"
    program: ClassVar[str]

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self.place = Place.of(lab)
        self.programs: Programs | None = None

    def start(self, *words: str) -> Launch:
        """The process with these arguments; a file's path in them is below the cluster's own folder."""
        programs = self.programs or needed(self.lab.cache)
        home = self.lab.data(self.name)
        return Launch((programs[self.program], *words), environment(HOME=str(home)), home)

    def served_over_tls(self) -> tuple[str, str]:
        """Certificate and key of a part that answers over HTTPS."""
        certificate = self.place.credentials.server(self.name)
        return str(certificate.cert_file), str(certificate.key_file)

    def sole_client(self) -> tuple[str, ...]:
        """The options of a part that asks the API server and answers at its own port: the only one of its kind."""
        config = self.place.kubeconfig(self.program)
        certificate, key = self.served_over_tls()
        return (
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--leader-elect=false",
            f"--bind-address={HOST}",
            f"--secure-port={self.current_port}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
        )

    def healthy(self, path: str = "/healthz") -> str | None:
        """None where the part says at its own port that it is well."""
        context = ssl.create_default_context(cafile=str(self.place.credentials.authority.ca_file))
        try:
            with httpx.Client(verify=context, timeout=2, trust_env=False) as client:
                answer = client.get(f"https://{HOST}:{self.current_port}{path}")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}: {answer.text[:200].strip()}"


class EtcdService(ClusterPart):
    """Where the cluster's objects are kept."""

    name: ClassVar[str] = "etcd"
    program: ClassVar[str] = "etcd"
    ready_seconds: ClassVar[float] = 30

    def prepare(self, progress: Progress) -> None:  # noqa: ARG002 - the build is a command of its own
        """Find the programs; every part needs this one, so it alone says where they lack."""
        self.programs = needed(self.lab.cache)

    def launch(self) -> Launch:
        """One member; only who shows a certificate of the cluster's authority may speak to it."""
        certificate, key = self.served_over_tls()
        client, peer = (f"{HOST}:{port}" for port in (self.current_port, self.lab.ports.take("etcd_peer")))
        return self.start(
            "--name=lab",
            f"--data-dir={self.lab.data(self.name) / 'data'}",
            f"--listen-client-urls=https://{client}",
            f"--advertise-client-urls=https://{client}",
            f"--listen-peer-urls=http://{peer}",
            f"--initial-advertise-peer-urls=http://{peer}",
            f"--initial-cluster=lab=http://{peer}",
            "--client-cert-auth",
            f"--trusted-ca-file={self.place.credentials.authority.ca_file}",
            f"--cert-file={certificate}",
            f"--key-file={key}",
            "--unsafe-no-fsync",  # its data lives as long as the lab
            "--log-level=warn",
        )

    def ready(self) -> str | None:
        """Whether it has a leader: itself."""
        authority, user = self.place.credentials.authority, self.place.credentials.user("etcd-client")
        context = ssl.create_default_context(cafile=str(authority.ca_file))
        context.load_cert_chain(user.cert_file, user.key_file)
        try:
            with httpx.Client(verify=context, timeout=2, trust_env=False) as client:
                answer = client.get(f"https://{HOST}:{self.current_port}/health")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if '"health":"true"' in answer.text.replace(" ", "") else answer.text[:200]


class ApiServerService(ClusterPart):
    """The API server: node and role based authorization, nobody anonymous, an audit log."""

    name: ClassVar[str] = "kube_apiserver"
    program: ClassVar[str] = "kube-apiserver"
    needs: ClassVar[frozenset[str]] = frozenset({"etcd"})

    def launch(self) -> Launch:
        """Write all credentials anew that need its address, and start it."""
        self.place.write_kubeconfigs()
        policy = self.place.folder / "audit-policy.json"
        write_json(policy, AUDIT)
        return self.start(
            *self._storage(),
            *self._callers(),
            f"--bind-address={HOST}",
            f"--secure-port={self.current_port}",
            "--advertise-address=192.0.2.1",  # loopback is refused; nothing in the lab goes by it
            "--endpoint-reconciler-type=none",
            "--authorization-mode=Node,RBAC",
            f"--anonymous-auth={'true' if 'anonymous' in self.options.names else 'false'}",
            "--enable-admission-plugins=NodeRestriction",
            *(("--disable-admission-plugins=PodSecurity",) if "without_pod_security" in self.options.names else ()),
            "--allow-privileged=true",  # so that admission, and nothing else, refuses privileged pods
            f"--service-cluster-ip-range={SERVICES}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={self.place.audit_log}",
            "--shutdown-delay-duration=0s",
        )

    def ready(self) -> str | None:
        """Whether it says so to the administrator whom only this lab's authority knows."""
        if "other_ca" in self.options.names:
            return self._ready_with_other_ca()
        try:
            with self.place.api() as api:
                said = api.text("/readyz")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if said == "ok" else said[:200]

    def overlay(self) -> dict[str, Any]:
        """The suite's kubeconfig, and that of who moves releases for a rehearsal, with the program for it if built."""
        rehearsal = {"kubeconfig": str(self.place.kubeconfig("deployer"))}
        with suppress(LabUnavailable):  # asked of every service, also in a lab without a cluster
            rehearsal["helm"] = needed(self.lab.cache)["helm"]
        return {"cluster": {"kubeconfig": {"file": str(self.place.kubeconfig("golive"))}}, "rehearsal": rehearsal}

    def _ready_with_other_ca(self) -> str | None:
        context = ssl.create_default_context(cafile=str(Authority(self.lab.authority.folder, name="other-ca").ca_file))
        try:
            with httpx.Client(verify=context, timeout=2, trust_env=False) as client:
                client.get(f"{self.place.url}/readyz")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None

    def _storage(self) -> tuple[str, ...]:
        client = self.place.credentials.user("etcd-client")
        return (
            f"--etcd-servers=https://{HOST}:{self.lab.ports.take('etcd')}",
            f"--etcd-cafile={self.place.credentials.authority.ca_file}",
            f"--etcd-certfile={client.cert_file}",
            f"--etcd-keyfile={client.key_file}",
        )

    def _callers(self) -> tuple[str, ...]:
        """By what certificates and tokens it knows callers, itself and the kubelets."""
        credentials = self.place.credentials
        name = "other-ca" if "other_ca" in self.options.names else "cluster-ca"
        own = Authority(self.lab.authority.folder, name=name).issue(self.name)
        kubelet, proxy = credentials.user("kubelet-client"), credentials.user("front-proxy")
        tokens = credentials.service_accounts()
        return (
            f"--tls-cert-file={own.cert_file}",
            f"--tls-private-key-file={own.key_file}",
            f"--client-ca-file={credentials.authority.ca_file}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={tokens.cert_file}",
            f"--service-account-signing-key-file={tokens.key_file}",
            f"--kubelet-certificate-authority={credentials.authority.ca_file}",
            f"--kubelet-client-certificate={kubelet.cert_file}",
            f"--kubelet-client-key={kubelet.key_file}",
            f"--requestheader-client-ca-file={credentials.authority.ca_file}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={proxy.cert_file}",
            f"--proxy-client-key-file={proxy.key_file}",
        )


class ControllerManagerService(ClusterPart):
    """The controllers: deployments, endpoints, service accounts, claims."""

    name: ClassVar[str] = "kube_controller_manager"
    program: ClassVar[str] = "kube-controller-manager"
    needs: ClassVar[frozenset[str]] = frozenset({"kube_apiserver"})

    def launch(self) -> Launch:
        """As the sole one: nobody need be elected."""
        credentials = self.place.credentials
        return self.start(
            *self.sole_client(),
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={credentials.service_accounts().key_file}",
            f"--root-ca-file={credentials.authority.ca_file}",
            f"--service-cluster-ip-range={SERVICES}",
            "--node-monitor-grace-period=24h",  # a frozen API server makes no node unready
            "--kube-api-qps=500",  # at its default of 20 its controllers take seconds to begin
            "--kube-api-burst=1000",
        )

    def ready(self) -> str | None:
        """Whether its own health says so."""
        return self.healthy()


class SchedulerService(ClusterPart):
    """Which node a pod goes to."""

    name: ClassVar[str] = "kube_scheduler"
    program: ClassVar[str] = "kube-scheduler"
    needs: ClassVar[frozenset[str]] = frozenset({"kube_apiserver"})

    def launch(self) -> Launch:
        """As the sole one."""
        return self.start(*self.sole_client())

    def ready(self) -> str | None:
        """Whether its own health says so."""
        return self.healthy()
