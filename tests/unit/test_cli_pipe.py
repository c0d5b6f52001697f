"""`haulwatch … | head`: whoever reads the output may stop reading."""

import subprocess
import sys


def test_a_reader_that_stops_is_no_error():
    command = [sys.executable, "-m", "agent", "profile", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        child.stdout.close()
        said = child.stderr.read()
    assert (child.returncode, said) == (0, "")
