"""Named bad worlds. Each changes a server of the lab, never golive's input, client or clock, and undoes itself."""

from golive_lab.worlds import clickhouse, identity, kafka, object_storage, platform, postgres, servers
from golive_lab.worlds.registry import WORLDS

__all__ = ["WORLDS", "clickhouse", "identity", "kafka", "object_storage", "platform", "postgres", "servers"]
