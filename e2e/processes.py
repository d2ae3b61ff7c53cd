"""What runs below a process, from /proc (Linux) or ps."""

import os
import subprocess


def children_of(process_id):
    """Ids of all processes below one, the nearest first."""
    table = {}
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        pid, parent = map(int, line.split())
        table.setdefault(parent, []).append(pid)
    found, todo = [], [process_id]
    while todo:
        below = table.get(todo.pop(0), [])
        found += below
        todo += below
    return found


def is_alive(process_id):
    """Whether a process is there and is not a zombie."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def memory_of_tree(process_id):
    """Resident bytes of a process and all below it."""
    pids = ",".join(map(str, [process_id, *children_of(process_id)]))
    listing = subprocess.run(["ps", "-o", "rss=", "-p", pids], capture_output=True, text=True).stdout
    return sum(map(int, listing.split())) * 1024
