from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kefu.lib import processes

ROOT = Path(__file__).resolve().parents[3]
SUPERVISOR = """
import sys
from kefu.lib.processes import Program, Supervisor
child = [sys.executable, "-c", sys.argv[1]]
import os
sys.exit(Supervisor([Program("child", child, os.environ)]).run())
"""
TELLS_ITS_PID = """
import os, time
from kefu.lib.processes import end_with_the_parent
end_with_the_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""
FINISHES_SLOWLY = """
import signal, sys, time
def finish(*_):
    time.sleep(float({seconds}))
    print("finished", flush=True)
    sys.exit()

signal.signal(signal.SIGTERM, finish)
print("begun", flush=True)
time.sleep(60)
"""


@contextmanager
def supervised(child: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SUPERVISOR, child]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as supervisor:
        try:
            yield supervisor
        finally:
            supervisor.kill()


def line_of(supervisor: subprocess.Popen[str]) -> str:
    assert supervisor.stdout is not None
    return supervisor.stdout.readline().strip()


def is_gone(pid: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_killed_child_is_back_within_three_seconds() -> None:
    with supervised(TELLS_ITS_PID) as supervisor:
        pid = int(line_of(supervisor))
        for _ in range(3):
            os.kill(pid, signal.SIGKILL)
            killed, before = time.monotonic(), pid
            pid = int(line_of(supervisor))
            assert pid != before
            assert time.monotonic() - killed < 3


def test_a_child_finishes_what_it_does_before_the_end() -> None:
    with supervised(FINISHES_SLOWLY.format(seconds=0.5)) as supervisor:
        assert line_of(supervisor) == "begun"
        supervisor.terminate()
        assert line_of(supervisor) == "finished"
        assert supervisor.wait(timeout=5) == 0


def test_a_second_signal_ends_everything_at_once() -> None:
    with supervised(FINISHES_SLOWLY.format(seconds=30)) as supervisor:
        assert line_of(supervisor) == "begun"
        supervisor.terminate()
        time.sleep(0.3)
        supervisor.terminate()
        assert supervisor.wait(timeout=5) == 0


def test_ctrl_c_reaches_a_child_only_through_the_supervisor() -> None:
    with supervised(FINISHES_SLOWLY.format(seconds=0.2)) as supervisor:
        assert line_of(supervisor) == "begun"
        os.killpg(supervisor.pid, signal.SIGINT)
        assert line_of(supervisor) == "finished"
        assert supervisor.wait(timeout=5) == 0


def test_children_do_not_outlive_a_killed_supervisor() -> None:
    with supervised(TELLS_ITS_PID) as supervisor:
        pid = int(line_of(supervisor))
        supervisor.kill()
        assert is_gone(pid)


def test_a_child_whose_settings_are_wrong_is_not_tried_again() -> None:
    with supervised(f"import sys; sys.exit({processes.WRONG_SETTING})") as supervisor:
        assert supervisor.wait(timeout=5) == processes.WRONG_SETTING


def test_one_that_falls_at_once_is_tried_at_a_calmer_pace() -> None:
    with supervised("print('tried', flush=True); raise SystemExit(1)") as supervisor:
        began, tries = time.monotonic(), 0
        while time.monotonic() - began < 3:
            assert line_of(supervisor) == "tried"
            tries += 1
        assert 3 <= tries <= 12


def test_whoever_looks_after_something_is_asked_again_and_again() -> None:
    looked: list[float] = []
    program = processes.Program("child", ["sleep", "60"], os.environ)

    def look() -> None:
        looked.append(time.monotonic())
        if len(looked) == 3:
            signal.raise_signal(signal.SIGTERM)

    assert processes.Supervisor([program], look_after=look).run() == 0
    assert len(looked) == 3
    assert program.ended() == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_mean_what_they_meant_once_it_is_over(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    program = processes.Program("child", ["sleep", "60"], os.environ)
    processes.Supervisor([program], look_after=lambda: signal.raise_signal(signal.SIGTERM)).run()
    assert signal.getsignal(number) is before


WAITS_AT_THE_GATE = """
import sys
from kefu.lib.processes import pass_the_gate
print("here", file=sys.stderr, flush=True)
pass_the_gate()
open(sys.argv[1], "w").close()
"""


def test_one_started_at_a_gate_goes_on_once_it_is_opened(tmp_path: Path) -> None:
    gone_on = tmp_path / "gone on"
    program = processes.Program(
        "child",
        [sys.executable, "-c", WAITS_AT_THE_GATE, str(gone_on)],
        {**os.environ, "PYTHONPATH": str(ROOT)},
    )
    open_the_gate = program.start_at_a_gate()
    time.sleep(0.5)
    assert program.ended() is None
    assert not gone_on.exists()
    open_the_gate()
    _ended(program)
    assert gone_on.exists()


def test_one_at_a_gate_ends_with_whoever_would_have_opened_it(tmp_path: Path) -> None:
    gone_on = tmp_path / "gone on"
    starting = f"""
import os, sys
from kefu.lib.processes import Program
Program("child", [sys.executable, "-c", {WAITS_AT_THE_GATE!r}, {str(gone_on)!r}], os.environ).start_at_a_gate()
"""
    done = subprocess.run(
        [sys.executable, "-c", starting],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )  # its error stream ends with the child that shares it
    assert done.returncode == 0
    assert not gone_on.exists()


def _ended(program: processes.Program) -> None:
    deadline = time.monotonic() + 10
    while program.ended() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_work_done_apart_comes_back_as_words() -> None:
    here = os.getpid()
    assert processes.apart(lambda: str(os.getpid()), expected=ValueError) != str(here)


def test_an_expected_failure_of_work_done_apart_is_raised_here() -> None:
    def refuse() -> str:
        raise ValueError("The number is: too long")

    with pytest.raises(ValueError, match="The number is: too long"):
        processes.apart(refuse, expected=ValueError)


def test_work_done_apart_that_breaks_shows_its_trace_and_ends_us(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        processes.apart(lambda: str(1 / 0), expected=ValueError)
    assert "ZeroDivisionError" in capfd.readouterr().err


def _be_killed() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never said"


def test_work_done_apart_that_is_killed_ends_us() -> None:
    with pytest.raises(SystemExit):
        processes.apart(_be_killed, expected=ValueError)
