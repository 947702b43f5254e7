"""Alerts from the log in Kafka: one JSON object a line for every event that an administrator must see. An example to start from.

    pip install -r kafka/consumers/requirements.txt
    SEKISHO_KAFKA_BROKERS=127.0.0.1:9092 python3 kafka/consumers/alerts.py [group]

The group remembers how far it has read: a second start goes on from there, and two with one group share the work.
"""

import json
import os
import signal
import sys
from collections import OrderedDict

from confluent_kafka import Consumer, KafkaError

BROKERS = os.environ.get("SEKISHO_KAFKA_BROKERS", "127.0.0.1:9092")
PREFIX = os.environ.get("SEKISHO_KAFKA_TOPIC_PREFIX", "sekisho")
GROUP = sys.argv[1] if len(sys.argv) > 1 else "example.alerts"
# An event comes twice now and then, with the same id. So many are remembered.
IDS_MAX = 10_000

seen: OrderedDict[str, None] = OrderedDict()


def is_new(event_id: str) -> bool:
    if event_id in seen:
        return False
    seen[event_id] = None
    if len(seen) > IDS_MAX:
        seen.popitem(last=False)
    return True


def handle(text: bytes, place: str) -> None:
    try:
        event = json.loads(text)
    except ValueError:
        print(f"{place}: no JSON", file=sys.stderr)
        return
    if event.get("severitytext") != "ERROR" or not is_new(event["id"]):
        return
    alert = {name: event[name] for name in ("time", "type", "subject", "source", "id")}
    # ASCII only, as names out of mails are in it: they must not reach the terminal as they are.
    print(json.dumps({**alert, "state": event["data"].get("state")}), flush=True)


def main() -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": BROKERS,
            "group.id": GROUP,
            # Else a group whose place has been deleted goes on at the end.
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([f"{PREFIX}.{name}.v1" for name in ("servers", "system", "commands")])
    running = True

    def stop(*_: object) -> None:
        nonlocal running
        running = False

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        while running:
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    print(message.error(), file=sys.stderr)
                continue
            handle(message.value(), f"{message.topic()}/{message.partition()}@{message.offset()}")
    finally:
        # Leaves the group and says how far it has read.
        consumer.close()


if __name__ == "__main__":
    main()
