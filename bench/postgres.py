"""A PostgreSQL server of the measurements' own: it keeps catalogues of lakes, and plain tables as the peer.

Needs the server's programs (Debian: `apt-get install postgresql`). It runs on the disk of the temporary folder.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

USER = "haloscope"
# What an administrator gives a server of this size; flushes of the disk are on, as everywhere.
SETTINGS = {"shared_buffers": "2GB", "work_mem": "64MB", "effective_cache_size": "6GB", "maintenance_work_mem": "512MB",
            "max_wal_size": "4GB", "random_page_cost": "1.1", "effective_io_concurrency": "200", "timezone": "UTC",
            "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "50"}


def programs():
    """The folder of the server's programs, the newest version."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found and (program := shutil.which("postgres")):
        found = [pathlib.Path(program).parent]
    if not found:
        sys.exit("PostgreSQL's server is needed (Debian: apt-get install postgresql)")
    return found[-1]


class Postgres:
    """A server with a database `bench`, for as long as the block lasts."""

    def __init__(self, **more):
        self.place = tempfile.TemporaryDirectory(prefix="bench-postgres-")
        self.data = pathlib.Path(self.place.name) / "data"
        self.log = pathlib.Path(self.place.name) / "log"
        self.data.mkdir()
        # PostgreSQL refuses to run as root.
        self.as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        if self.as_user:
            for path in (self.place.name, self.data):
                os.chown(path, 65534, 65534)
        subprocess.run([*self.as_user, programs() / "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER,
                        "--pgdata", self.data], check=True, stdout=subprocess.DEVNULL)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        settings = {**SETTINGS, "port": str(self.port), **more}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen([*self.as_user, programs() / "postgres", "-D", self.data, *options],
                                        stdout=self.log.open("w"), stderr=subprocess.STDOUT, cwd="/")
        self.url = f"postgres://{USER}@127.0.0.1:{self.port}/bench"
        for _ in range(300):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.sql("create database bench", database="postgres", quiet=True)
                return
            time.sleep(0.1)
        sys.exit(f"PostgreSQL did not start:\n{self.log.read_text()[-2000:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.place.cleanup()

    def sql(self, text, database="bench", quiet=False):
        """Runs SQL in one session; answers what it prints, a line for a row, values separated by `|`."""
        url = self.url.removesuffix("bench") + database
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", url], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if quiet else None)
        done.check_returncode()
        return done.stdout

    def timed(self, text, database="bench"):
        """The same, with the milliseconds that each statement took at the client."""
        said = self.sql("\\timing on\n" + text, database)
        times = [float(time) for time in re.findall(r"^Time: ([0-9.]+) ms", said, re.M)]
        rows = [line.split("|") for line in said.splitlines() if line and not line.startswith(("Time: ", "Timing is"))]
        return times, rows
