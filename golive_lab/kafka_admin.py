"""The lab's own administration of its Kafka: users, rights, topics. As the super user, never as the suite."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from golive.errors import ProtocolBroken
from golive.waiting import Deadline, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from golive_lab.context import Lab

ADMIN: Final = "admin"
SUITE: Final = "golive"
PLATFORM: Final = "platform"
MARKET_PARTITIONS: Final = 2
SETTLE_SECONDS: Final = 20.0

Right = tuple[str, str, str, str]
"""Principal, kind of resource (topic, group, cluster), its name, operation; as in ``kafka-acls``."""


def admin_client(lab: Lab, *, ca_file: Path | None = None, plaintext: bool = False, seconds: float = 10) -> Any:
    """An admin client of kafka-python as the super user; a context manager. Raises kafka's errors.

    ``ca_file`` is whom to trust where it is not the lab's own authority; ``plaintext`` goes without TLS.
    """
    address = f"127.0.0.1:{lab.ports.take('kafka')}"
    trusted = None if plaintext else ca_file or lab.authority.ca_file
    return connect(address, lab.secrets.get("kafka-admin"), trusted, seconds=seconds)


def connect(address: str, password: str, ca_file: Path | str | None, *, seconds: float = 10) -> Any:
    """An admin client of kafka-python as the super user at that address; without TLS where no CA is named."""
    from kafka import KafkaAdminClient

    security: dict[str, Any] = {"security_protocol": "SASL_PLAINTEXT"}
    if ca_file is not None:
        security = {"security_protocol": "SASL_SSL", "ssl_context": ssl.create_default_context(cafile=ca_file)}
    return KafkaAdminClient(
        bootstrap_servers=address, client_id="golive-lab",
        sasl_mechanism="PLAIN", sasl_plain_username=ADMIN, sasl_plain_password=password,
        bootstrap_timeout_ms=int(seconds * 1000), request_timeout_ms=int(seconds * 1000), **security,
    )  # fmt: skip


def rights(lab: Lab) -> frozenset[Right]:
    """Everything that anybody but the super user may do."""
    names = lab.configuration.names
    markets = (names.topic_miso, names.topic_caiso)
    own = (names.suite_topic, names.topic_synthetic)
    suite = {("topic", topic, operation) for topic in own for operation in ("READ", "WRITE", "DESCRIBE", "DELETE")}
    suite |= {("topic", topic, operation) for topic in markets for operation in ("READ", "DESCRIBE")}
    suite |= {("group", names.consumer_group, "DESCRIBE"), ("cluster", "kafka-cluster", "DESCRIBE")}
    platform = {("topic", topic, operation) for topic in markets for operation in ("READ", "WRITE", "DESCRIBE")}
    platform |= {("topic", names.topic_synthetic, operation) for operation in ("READ", "DESCRIBE")}
    platform |= {("group", names.consumer_group, "READ")}
    owners = ((SUITE, suite), (PLATFORM, platform))
    return frozenset((principal, *right) for principal, given in owners for right in given)


def settle(client: Any, lab: Lab, progress: Callable[[str], None]) -> None:
    """Users, rights and topics as declared; idempotent. Returns once the broker itself knows all of them."""
    progress("creating users, rights and topics")
    deadline = Deadline("kafka", "users, rights and topics of the lab", SETTLE_SECONDS)
    names = lab.configuration.names
    streamed = (names.topic_miso, names.topic_caiso, names.topic_synthetic)
    topics = {**dict.fromkeys(streamed, MARKET_PARTITIONS), names.suite_topic: 1}
    _create_users(client, {name: lab.secrets.get(f"kafka-{name}") for name in (SUITE, PLATFORM)})
    _create_rights(client, rights(lab))
    missing = set(topics) - set(client.list_topics())
    if missing:
        _create_topics(client, {name: topics[name] for name in missing}, replicas=1)
    wait_until(lambda: _settled(client, lab, topics), deadline)
    wait_until(lambda: _coordinated(client, names.consumer_group), deadline)


def create_replicated_topic(client: Any, name: str, *, partitions: int = 1) -> None:
    """Make a topic with two replicas, one on each broker; the second broker must be up. Undo with delete_topic.

    Returns once both replicas are in sync. Raises TimedOut with the replicas seen otherwise.
    """
    _create_topics(client, {name: partitions}, replicas=2)
    wait_until(lambda: _in_sync(client, name, 2), Deadline("kafka", f"both replicas of {name}", SETTLE_SECONDS))


def create_topic(client: Any, name: str, *, broker: int | None = None) -> None:
    """Make a topic of one partition with one replica, on the broker of that number where one is named."""
    from kafka.admin import NewTopic

    topic = NewTopic(name, 1, 1) if broker is None else NewTopic(name, replica_assignments={0: [broker]})
    client.create_topics([topic], wait_for_metadata=True)


def wait_for_replicas(client: Any, name: str, *, leader: bool, in_sync: int) -> None:
    """Return once the topic's partitions have a leader, or none, and so many replicas in sync. Raises TimedOut."""

    def seen() -> tuple[bool | None, str]:
        (topic,) = client.describe_topics([name])
        parts = [(part["leader_id"] >= 0, len(part["isr_nodes"])) for part in topic["partitions"]]
        fit = bool(parts) and all(part == (leader, in_sync) for part in parts)
        return fit or None, f"leader, in sync: {parts}"

    wait_until(_patient(seen), Deadline("kafka", f"replicas of {name}", SETTLE_SECONDS), interval=0.2)


def wait_for_brokers(client: Any, count: int) -> None:
    """Return once so many brokers take part in the cluster; a dead one does until its session ends. Raises TimedOut."""

    def seen() -> tuple[bool | None, str]:
        listed = client.describe_cluster()["brokers"]
        alive = [broker["broker_id"] for broker in listed if not broker.get("is_fenced")]
        return len(alive) == count or None, f"brokers {alive}"

    wait_until(_patient(seen), Deadline("kafka", f"{count} brokers in the cluster", SETTLE_SECONDS), interval=0.2)


def unregister_broker(client: Any, number: int) -> None:
    """Have the cluster forget a broker that is down; returns once it is listed no more. Raises TimedOut."""
    from golive_lab.kafka_messages import UnregisterBrokerRequest

    async def ask() -> Any:
        # The library has no call for this, and no public way to send a request that is not its own.
        return await client._manager.send(UnregisterBrokerRequest(broker_id=number))

    def gone() -> tuple[bool | None, str]:
        if number not in {broker["broker_id"] for broker in client.describe_cluster()["brokers"]}:
            return True, ""
        answer = client._manager.run(ask)
        return None, f"still listed: error {answer.error_code}"

    wait_until(_patient(gone), Deadline("kafka", f"forgetting broker {number}", SETTLE_SECONDS), interval=0.2)


def _patient(probe: Callable[[], tuple[bool | None, str]]) -> Callable[[], tuple[bool | None, str]]:
    """The probe, for which a broker that has just died and is still listed, and is asked, is a state to wait out."""
    from kafka.errors import KafkaConnectionError, NodeNotReadyError

    def patient() -> tuple[bool | None, str]:
        try:
            return probe()
        except (KafkaConnectionError, NodeNotReadyError) as error:
            return None, f"a broker that is still listed does not answer: {type(error).__name__}"

    return patient


def allow_describe(client: Any, principal: str, topic: str) -> None:
    """Let the principal see that topic."""
    _create_rights(client, [(principal, "topic", topic, "DESCRIBE")])


@contextmanager
def without(client: Any, right: Right) -> Iterator[None]:
    """While the block runs nobody has that right; left once the broker itself knows it again. Raises TimedOut."""
    from kafka.admin import ACLFilter, ACLOperation, ACLPermissionType, ResourcePatternFilter, ResourceType
    from kafka.admin import ACLResourcePatternType as Pattern

    principal, kind, name, operation = right
    pattern = ResourcePatternFilter(ResourceType[kind.upper()], name, Pattern.LITERAL)
    wanted = ACLFilter(f"User:{principal}", None, ACLOperation[operation], ACLPermissionType.ALLOW, pattern)

    def wait_until_there(expected: bool) -> None:  # noqa: FBT001 - two callers, below
        def seen() -> tuple[bool | None, str]:
            found, _ = client.describe_acls(wanted)
            return bool(found) is expected or None, f"{len(found)} rules give it"

        wait_until(_patient(seen), Deadline("kafka", f"{operation} on {name}", SETTLE_SECONDS), interval=0.2)

    client.delete_acls([wanted])
    try:
        wait_until_there(expected=False)
        yield
    finally:
        _create_rights(client, [right])
        wait_until_there(expected=True)


def set_password(client: Any, name: str, password: str) -> None:
    """Give a user another password; sessions that are open stay. Raises ProtocolBroken where the broker refuses."""
    _upsert_users(client, {name: password})


def delete_topic(client: Any, name: str) -> None:
    """Delete a topic and return once it is gone; one that is absent already is no error. Raises TimedOut."""

    def gone() -> tuple[bool | None, str]:
        if name not in client.list_topics():
            return True, ""
        client.delete_topics([name], raise_errors=False)  # told twice, it no longer knows the topic
        return None, "still listed"

    wait_until(_patient(gone), Deadline("kafka", f"deleting {name}", SETTLE_SECONDS), interval=0.2)


def empty_topic(client: Any, name: str) -> None:
    """Delete all records of a topic."""
    from kafka import TopicPartition

    (topic,) = client.describe_topics([name])
    everything = {TopicPartition(name, part["partition_index"]): -1 for part in topic["partitions"]}
    client.delete_records(everything)


def _create_users(client: Any, passwords: Mapping[str, str]) -> None:
    known = client.describe_user_scram_credentials()
    missing = {name: password for name, password in passwords.items() if name not in known}
    if missing:
        _upsert_users(client, missing)


def _upsert_users(client: Any, passwords: Mapping[str, str]) -> None:
    from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

    wanted = [
        UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, password)
        for name, password in passwords.items()
    ]
    refused = {name: error for name, error in client.alter_user_scram_credentials(wanted).items() if error}
    if refused:
        raise ProtocolBroken("kafka", f"the broker refused to make users: {refused}")


def _create_rights(client: Any, wanted: Iterable[Right]) -> None:
    from kafka.admin import (
        ACL,
        ACLOperation,
        ACLPermissionType,
        ResourcePattern,
        ResourceType,
    )

    client.create_acls(
        [
            ACL(
                f"User:{principal}",
                "*",
                ACLOperation[operation],
                ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType[kind.upper()], name),
            )
            for principal, kind, name, operation in wanted
        ]
    )


def _create_topics(client: Any, partitions: Mapping[str, int], *, replicas: int) -> None:
    from kafka.admin import NewTopic

    client.create_topics(
        [NewTopic(name, count, replicas) for name, count in partitions.items()], wait_for_metadata=True
    )


def _settled(client: Any, lab: Lab, topics: Mapping[str, int]) -> tuple[bool | None, str]:
    """Whether the broker's own image of the metadata holds what the controller was told."""
    users = {SUITE, PLATFORM} - set(client.describe_user_scram_credentials())
    absent = set(topics) - set(client.list_topics())
    missing = len(rights(lab)) - _count_rights(client)
    state = f"missing: users {sorted(users)}, topics {sorted(absent)}, {missing} rights"
    return (None if users or absent or missing > 0 else True), state


def _coordinated(client: Any, group: str) -> tuple[bool | None, str]:
    """Whether the group has a coordinator: the first to ask has Kafka make the topic of the offsets."""
    from kafka.errors import RetriableError

    try:
        client.list_group_offsets([group])
    except RetriableError as error:
        return None, f"group {group} has no coordinator: {type(error).__name__}"
    return True, "coordinated"


def _count_rights(client: Any) -> int:
    from kafka.admin import (
        ACLFilter,
        ACLOperation,
        ACLPermissionType,
        ACLResourcePatternType,
        ResourcePatternFilter,
        ResourceType,
    )

    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, _ = client.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything))
    return len(found)


def _in_sync(client: Any, name: str, count: int) -> tuple[bool | None, str]:
    (topic,) = client.describe_topics([name])
    seen = {part["partition_index"]: list(part["isr_nodes"]) for part in topic["partitions"]}
    return (True if seen and all(len(nodes) >= count for nodes in seen.values()) else None), f"in sync: {seen}"
