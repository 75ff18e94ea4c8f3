# SPDX-License-Identifier: MIT
"""File systems of a box that can be full, read-only, or not there, and files that are damaged."""

import errno
import pathlib
import shutil
import sqlite3
import subprocess


class Filesystem:
    """A small file system of its own where a directory was; only the box sees it."""

    def __init__(self, box, directory, size="2m"):
        self.box = box
        self.directory = pathlib.Path(directory)
        self._run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", self.directory)
        self.seen = box.path(self.directory)  # the same from outside

    def _run(self, *argv):
        done = subprocess.run(self.box.wrap(argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.stderr}"

    def fill(self):
        """Leaves not a byte."""
        block = bytes(4096)
        with open(self.seen / "ballast", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(block)
            except OSError as problem:
                assert problem.errno == errno.ENOSPC, problem

    def empty(self):
        """Gives the room back."""
        (self.seen / "ballast").unlink()

    def read_only(self, on):
        """Only while nobody has a file open for writing."""
        self._run("mount", "-o", f"remount,{'ro' if on else 'rw'}", self.directory)

    def cover(self):
        """Puts an empty read-only one over it."""
        self._run("mount", "-t", "tmpfs", "-o", "ro,size=4k", "tmpfs", self.directory)

    def uncover(self):
        """Takes that away again."""
        self._run("umount", "--lazy", self.directory)


def page_of(path, table):
    """Where a table begins in a file of SQLite: (offset, size of a page)."""
    with sqlite3.connect(path) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    return (root - 1) * size, size


def overwrite(path, offset, size, byte=b"\xa5"):
    """Damages a part of a file."""
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(byte * size)


def remove(path):
    """A file with its log, or a whole directory."""
    path = pathlib.Path(path)
    if path.is_dir():
        shutil.rmtree(path)
        return
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
