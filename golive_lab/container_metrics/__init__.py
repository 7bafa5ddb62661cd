"""A stand-in for cAdvisor and kube-state-metrics: the lab has no kubelet, so nobody else tells of its containers.

What it says of CPU and memory is measured, from the platform's real processes; a limit is what the lab says it is, and
only counted, never enforced. Each series has the names and labels that the two exporters give it in a cluster.
"""
