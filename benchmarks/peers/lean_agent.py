"""The least that does the work of the main process: reads a tty, puts each fix on disk and sends it.

python lean_agent.py TTY PORT FILE. No rules, no ledger, no second try: what is left is what the libraries
cost.
"""

import json
import sqlite3
import sys

import paho.mqtt.client as paho
import pynmea2
import serial
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Work until killed."""
    tty, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE fix(body TEXT)")
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    with serial.Serial(tty, 9600, timeout=1) as line:
        while True:
            text = line.readline().decode("ascii", "replace").strip()
            if text[3:6] in ("RMC", "GGA", "GSA", "GSV", "VTG"):
                said = pynmea2.parse(text, check=True)
                if text[3:6] == "RMC":
                    body = json.dumps(
                        {"lat": said.latitude, "lon": said.longitude, "speed": said.spd_over_grnd}
                    )
                    with db:
                        db.execute("INSERT INTO fix VALUES (?)", (body,))
                    client.publish("bench/lean", body, qos=1)


if __name__ == "__main__":
    main()
