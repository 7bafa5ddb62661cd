"""The ClickHouse engine behind ClickHouse's own HTTP interface, since no server binary comes from a registry.

Queries are answered by the real engine (chdb, in this process); connections, users and rights are this face's
own and much simpler than the server's, so nothing seen here is evidence about those.
"""
