# SPDX-License-Identifier: MIT
"""Ports for the servers of a test."""

import socket


def free_port():
    """A TCP port of loopback that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
