"""The command line as a process: a broken pipe, Ctrl-C, and no traceback ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certlib.adapters.sqlite import SqliteStore
from certlib.cli import _commands as commands
from tests.cli.running import NOW, run, write_upload

COMMAND = [sys.executable, "-m", "certlib"]


def test_python_m_certlib(store: Path) -> None:
    done = subprocess.run([*COMMAND, "status", str(store)], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"nobody\n", b"")


def test_a_pipe_that_nobody_reads(store: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "explain", str(store), "ann", "FORK-1"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_pipe_that_nobody_reads_within_another_program(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setitem(commands.HANDLERS, "status", broken)
    ran = run("status", store)
    assert (ran.code, ran.out, ran.err) == (141, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_it_politely(store: Path, tmp_path: Path) -> None:
    upload = write_upload(
        tmp_path / "rows.csv",
        *[
            f"ann@example.org,module,FIRE-M1,{year}-{month:02}-05"
            for year in range(1976, 2026)
            for month in (1, 3, 5, 7, 9, 11)
        ],  # of one learner, so that each is saved by itself: it takes seconds, and we but moments
    )
    # Started in the background, the tests ignore Ctrl-C, and what they start would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(
            [
                *(sys.executable, "-X", "faulthandler", "-m", "certlib", "import", str(store)),
                *(str(upload), "--format", "unifyr", "--now", NOW),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        while not recorded(store):
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGABRT)  # it says where it is
        pytest.fail(f"it goes on: {running.communicate()[1].decode()}")
    finally:
        running.kill()
        running.communicate()
    assert (running.returncode, out) == (130, b"")
    assert err == b"certlib: interrupted; an import can be run again\n"
    found = run("import", store, upload, "--format", "unifyr", "--now", NOW)
    assert found.code == 0
    assert found.out.splitlines()[1].split()[:2] == ["300", "300"]


def recorded(store: Path) -> bool:
    with SqliteStore.open(store) as opened:
        records = opened.imports()
        return bool(records) and bool(opened.import_rows(records[0].id, limit=1))


def test_an_error_of_the_system_without_a_file(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(commands.HANDLERS, "status", full)
    ran = run("status", store)
    assert (ran.code, ran.err) == (2, "certlib: No space left on device (file)\n")
