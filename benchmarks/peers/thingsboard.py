"""thingsboard-gateway's own store and MQTT client draining fixes: thingsboard.py PORT COUNT FOLDER PACK.

Its SQLiteEventStorage, filled with COUNT fixes of one device; then, as its service does with each pack of at
most PACK records, the telemetry is merged per device, published at QoS 1 in one message, waited for and
deleted. PACK is its `max_read_records_count`: 10 in the settings that it ships, 1,000 where they are silent.
What the service does beside that (statistics, remote configuration, latency figures, a wait between packs) is
left out, in its favour; so are the rate limits of its client. Reads a JSON object per fix from standard
input, one per line. Prints the seconds from connecting to an empty store.
"""

import json
import logging
import sys
import threading
import time
from pathlib import Path

from tb_gateway_mqtt import TBGatewayMqttClient
from thingsboard_gateway.gateway.entities.converted_data import ConvertedData  # noqa: F401 - it must be whole
from thingsboard_gateway.storage.sqlite.sqlite_event_storage import SQLiteEventStorage

_UNLIMITED = "0:0"


class _Log(logging.Logger):
    """The gateway's modules call `trace` on their logger."""

    def trace(self, *_args, **_kwargs):
        """Say nothing."""


def main() -> None:
    """Fill the store, then drain it."""
    port, count, folder, pack = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    settings = {"data_file_path": f"{folder}/", "max_read_records_count": pack}
    storage = SQLiteEventStorage(settings, _Log("storage"), threading.Event())
    for line in sys.stdin:
        fix = json.loads(line)
        event = {
            "deviceName": "truck",
            "deviceType": "default",
            "attributes": [],
            "telemetry": [{"ts": fix.pop("ts"), "values": fix}],
        }
        storage.put(json.dumps(event, separators=(",", ":")))
    while not storage.write_queue.empty():
        time.sleep(0.05)
    time.sleep(1)  # its writer commits what it took last
    began = time.perf_counter()
    client = _client(port)
    sent = 0
    while sent < count:
        sent += _one_pack(storage, client)
    print(round(time.perf_counter() - began, 4), flush=True)
    client.disconnect()
    storage.stop()


def _client(port: int) -> TBGatewayMqttClient:
    limits = dict.fromkeys(
        (
            "messages_rate_limit",
            "telemetry_rate_limit",
            "telemetry_dp_rate_limit",
            "device_messages_rate_limit",
            "device_telemetry_rate_limit",
            "device_telemetry_dp_rate_limit",
        ),
        _UNLIMITED,
    )
    client = TBGatewayMqttClient("127.0.0.1", port, "bench", client_id="tb", **limits)
    client.connect(min_reconnect_delay=1)
    while not client.is_connected():
        time.sleep(0.01)
    return client


def _one_pack(storage: SQLiteEventStorage, client: TBGatewayMqttClient) -> int:
    events = storage.get_event_pack()
    if not events:
        time.sleep(0.01)
        return 0
    merged: dict[str, list[object]] = {}
    for event in events:
        one = json.loads(event)
        merged.setdefault(one["deviceName"], []).extend(one["telemetry"])
    for device, telemetry in merged.items():
        if client.gw_send_telemetry(device, telemetry).get() != 0:
            sys.exit("a message was refused")
    storage.event_pack_processing_done()
    return len(events)


if __name__ == "__main__":
    main()
