# SPDX-License-Identifier: MIT
"""Waiting for an event with a deadline; no test sleeps for a fixed time to wait for something."""

import time

# Generous, since the machine may be busy: a test that passes does not wait that long.
DEADLINE = 30.0


def wait_for(condition, what, deadline=DEADLINE, every=0.01):
    """Calls condition() until it gives something true, and returns that."""
    end = time.monotonic() + deadline
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline:g} s: {what() if callable(what) else what}")
        time.sleep(every)


def wait_quietly(conditions, deadline=DEADLINE, every=0.02):
    """Waits until all conditions hold, or for the deadline: for what many tests look at one by one afterwards."""
    end = time.monotonic() + deadline
    while time.monotonic() < end and not all(condition() for condition in conditions):
        time.sleep(every)
