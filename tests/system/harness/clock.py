# SPDX-License-Identifier: MIT
"""The clock that runs fast: the same arithmetic as MAILSEC_CLOCK=RATE@EPOCH."""

import datetime
import time


class Clock:
    """Scaled time of a daemon and its simulator; rate 1 is the plain clock."""

    def __init__(self, rate=1.0, epoch=None):
        self.rate = rate
        self.epoch = int(time.time()) if epoch is None else epoch

    def environment(self):
        """What makes a program read this clock."""
        return {} if self.rate == 1 else {"MAILSEC_CLOCK": f"{self.rate:g}@{self.epoch}"}

    def scale(self, real):
        """Scaled wall time of a real one, both in seconds."""
        return self.epoch + (real - self.epoch) * self.rate

    def now(self):
        """Scaled wall time now."""
        return self.scale(time.time())

    def real(self, scaled_span):
        """How long a scaled span lasts for us."""
        return scaled_span / self.rate


def stamp(text):
    """Seconds of an RFC 3339 time in UTC, which must be of the form the daemon writes."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()
