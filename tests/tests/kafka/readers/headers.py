import json
import os

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

topic = os.environ["CALLFOLD_LOG__TOPIC_PREFIX"] + ".calls"
consumer = Consumer({
    "bootstrap.servers": os.environ["CALLFOLD_LOG__BROKERS"], "group.id": "headers",
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
    found = {name: value.decode() for name, value in message.headers()}
    found |= {"partition": message.partition(), "offset": message.offset()}
    print(json.dumps(found | {"key": message.key().decode()}))
consumer.close()
