"""Kafka: one broker that is its own controller (KRaft), and a second broker that only worlds start.

Clients use SASL_SSL with SCRAM-SHA-512; the lab itself and the brokers among themselves use PLAIN over the
same TLS, as the super user. Nobody else has any right that is not listed in kafka_admin.rights.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING, Any, ClassVar, Final

from golive_lab import kafka_admin, kafka_install
from golive_lab.certificates import Authority
from golive_lab.java import FLAGS, archive_flags, java, java_environment
from golive_lab.kafka_admin import ADMIN, SUITE
from golive_lab.services.base import LabService, Launch, Progress

if TYPE_CHECKING:
    from pathlib import Path

PROBE_SECONDS: Final = 1.5
NODE: Final = 1
SECOND_NODE: Final = 2
LOG4J: Final = """\
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %m (%c)%n
"""
SCRAM_MODULE: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"
COMMON: Final = {
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.client.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
    "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{ADMIN}",
    "allow.everyone.if.no.acl.found": "false",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
}


class KafkaBroker(LabService):
    """What both brokers share: certificates, listeners, the command line."""

    system: ClassVar[str] = "kafka"
    heavy: ClassVar[bool] = True
    node: ClassVar[int]
    roles: ClassVar[str]
    record: Path | None = None
    """Where Java is to write an archive of the classes when the next launch ends."""

    def prepare(self, progress: Progress) -> None:
        """Fetch, format from the template, write what does not change between launches."""
        folder = self.lab.data(self.name)
        self._classes = kafka_install.jars(self.lab.cache, progress)
        formatted = kafka_install.template(self.lab.cache, progress)
        kafka_install.lay_out(formatted, folder / "data", self.cluster_id, self.node)
        (folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")

    @property
    def cluster_id(self) -> str:
        """The cluster's identifier, which tells this lab's brokers from any other's."""
        path = self.lab.data("kafka") / "cluster-id"
        if not path.exists():
            path.write_text(kafka_install.cluster_id(), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def launch(self) -> Launch:
        """Write the settings, which hold the super user's password, mode 0600, and run the broker."""
        folder = self.lab.data(self.name)
        settings = folder / "server.properties"
        _write_private(settings, "".join(f"{name}={value}\n" for name, value in self._settings(folder).items()))
        argv = (
            str(java()),
            kafka_install.HEAP,
            *FLAGS,
            *archive_flags(kafka_install.archive(self.lab.cache), self.record),
            "-XX:+ExitOnOutOfMemoryError",
            f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
            "-cp",
            self._classes,
            "kafka.Kafka",
            str(settings),
        )
        return Launch(argv, java_environment(), folder)

    @property
    def _plaintext(self) -> bool:
        return "plaintext" in self.options.names

    @property
    def _client_authority(self) -> Authority:
        if "other_ca" in self.options.names:
            return Authority(self.lab.authority.folder, name="other-ca")
        return self.lab.authority

    def _settings(self, folder: Path) -> dict[str, str]:
        password = self.lab.secrets.get("kafka-admin")
        jaas = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{ADMIN}" password="{password}" user_{ADMIN}="{password}";'
        )
        controller = f"127.0.0.1:{self.lab.ports.take('kafka_controller')}"
        client = f"CLIENT://127.0.0.1:{self.lab.ports.take(self.name)}"
        protocol = "SASL_PLAINTEXT" if self._plaintext else "SASL_SSL"
        listeners = f"{client},CONTROLLER://{controller}" if "controller" in self.roles else client
        return {
            **COMMON,
            "process.roles": self.roles,
            "node.id": str(self.node),
            "controller.quorum.voters": f"{NODE}@{controller}",
            "listeners": listeners,
            "advertised.listeners": client,
            "listener.security.protocol.map": f"CLIENT:{protocol},CONTROLLER:SASL_SSL",
            "listener.name.client.plain.sasl.jaas.config": jaas,
            "listener.name.controller.plain.sasl.jaas.config": jaas,
            "log.dirs": str(folder / "data"),
            **self._tls(folder, "client", self._client_authority),
            **self._tls(folder, "controller", self.lab.authority),
        }

    def _tls(self, folder: Path, listener: str, authority: Authority) -> dict[str, str]:
        certificate = authority.issue(self.name)
        store = folder / f"{listener}.pem"
        _write_private(store, certificate.key_file.read_text() + certificate.cert_file.read_text())
        prefix = f"listener.name.{listener}.ssl"
        return {
            f"{prefix}.keystore.type": "PEM",
            f"{prefix}.keystore.location": str(store),
            f"{prefix}.truststore.type": "PEM",
            f"{prefix}.truststore.location": str(authority.ca_file),
        }

    def _admin(self, seconds: float) -> Any:
        return kafka_admin.admin_client(
            self.lab, ca_file=self._client_authority.ca_file, plaintext=self._plaintext, seconds=seconds
        )

    def _handshake(self, port: int) -> str | None:
        """None when the port is open and, unless it is plain, speaks TLS under our authority."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as plain:
                if not self._plaintext:
                    context = ssl.create_default_context(cafile=self._client_authority.ca_file)
                    context.wrap_socket(plain, server_hostname="127.0.0.1").close()
        except OSError as error:
            return f"starting: {type(error).__name__}"
        return None

    def _registered(self) -> str | None:
        """None once the cluster is ours and lists this broker as alive."""
        from kafka.errors import KafkaError

        try:
            with self._admin(PROBE_SECONDS) as client:
                cluster = client.describe_cluster()
        except KafkaError as error:
            return f"port open, no answer yet: {type(error).__name__}"
        if cluster["cluster_id"] != self.cluster_id:
            return f"cluster {cluster['cluster_id']} answers on its port, not this lab's"
        nodes = {broker["broker_id"] for broker in cluster["brokers"]}
        return None if self.node in nodes else f"brokers alive: {sorted(nodes)}"


class KafkaService(KafkaBroker):
    """The broker and controller that every lab with Kafka has.

    Options: ``plaintext`` drops TLS on the client's listener; ``other_ca`` serves a certificate that no client
    of the lab trusts.
    """

    name: ClassVar[str] = "kafka"
    node: ClassVar[int] = NODE
    roles: ClassVar[str] = "broker,controller"

    def ready(self) -> str | None:
        """Ready once the cluster is ours and lists this broker."""
        return self._handshake(self.lab.ports.take(self.name)) or self._registered()

    def settle(self, progress: Progress) -> None:
        """Users, rights and topics."""
        with self._admin(10) as client:
            kafka_admin.settle(client, self.lab, progress)

    def overlay(self) -> dict[str, Any]:
        """The bootstrap address and the suite's password."""
        return {
            "kafka": {
                "bootstrap": [f"127.0.0.1:{self.lab.ports.take(self.name)}"],
                "password": {"file": os.fspath(self.lab.secrets.path(f"kafka-{SUITE}"))},
            }
        }


class KafkaSecondBroker(KafkaBroker):
    """A second broker in the first one's cluster; only worlds start it, to have replicas fall out of sync."""

    name: ClassVar[str] = "kafka_second"
    needs: ClassVar[frozenset[str]] = frozenset({"kafka"})
    node: ClassVar[int] = SECOND_NODE
    roles: ClassVar[str] = "broker"

    def ready(self) -> str | None:
        """Ready once its own port speaks TLS and the cluster lists it."""
        return self._handshake(self.lab.ports.take(self.name)) or self._registered()


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
