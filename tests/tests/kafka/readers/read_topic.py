import io
import json
import os
import urllib.request

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

topic = os.environ["CALLFOLD_LOG__TOPIC_PREFIX"] + ".calls"
registry = os.environ["CALLFOLD_REGISTRY"]
schemas = {}


def schema_of(framed):
    number = int.from_bytes(framed[1:5], "big")
    if number not in schemas:
        with urllib.request.urlopen(f"{registry}/schemas/ids/{number}") as answer:
            schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
    return schemas[number]


consumer = Consumer({
    "bootstrap.servers": os.environ["CALLFOLD_LOG__BROKERS"], "group.id": "fastavro",
    "enable.auto.commit": False, "enable.partition.eof": True,
})
partitions = consumer.list_topics(topic).topics[topic].partitions
consumer.assign([TopicPartition(topic, it, OFFSET_BEGINNING) for it in partitions])
ends = 0
while ends < len(partitions):
    message = consumer.poll(10)
    if message is None:
        continue
    if message.error():
        ends += 1
        continue
    framed = message.value()
    value = fastavro.schemaless_reader(io.BytesIO(framed[5:]), schema_of(framed))
    beside = {name: text.decode() for name, text in message.headers()}
    beside |= {"partition": message.partition(), "offset": message.offset()}
    line = beside | {"key": message.key().decode(), "value": value}
    print(json.dumps(line, default=lambda time: round(time.timestamp() * 1000)))
consumer.close()
