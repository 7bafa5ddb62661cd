"""The reference market-intelligence platform that the lab runs: five small services, each a process of its own.

Gateway, prices, instruments, feeder and ingest are started by ``python -m golive_lab.platform.<service> --config
FILE``. They need no server to be up at their start, and recover by themselves when one comes back.
"""
