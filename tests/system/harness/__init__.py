# SPDX-License-Identifier: MIT
"""What the system tests are made with: a private machine (box), the simulator, the daemon, its records."""
