"""Waiting for conditions instead of sleeping for a while and hoping."""

import time

POLL_SECONDS = 0.05


def wait_until(condition, what, timeout=60.0):
    """Ask until the answer is true, and return it. Fails with `what` when time is up."""
    ends_at = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > ends_at:
            raise AssertionError(f"waited {timeout:g} s in vain: {what}")
        time.sleep(POLL_SECONDS)
