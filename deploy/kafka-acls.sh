#!/bin/sh
# The least that each role needs where brokers check what their users may. Arguments are passed on to
# Kafka's own command:
#
#   kafka-acls.sh --bootstrap-server kafka-1:9093 --command-config admin.properties
#
# PREFIX      log.topic_prefix; callfold when it is not set
# KAFKA_ACLS  Kafka's command; kafka-acls.sh of the PATH when it is not set
#
# Users: callfold-topics makes and compares the topics, callfold-ingest, callfold-projector and
# callfold-dispatcher are the roles, callfold-look is for status, conversation, events, and analysts.
# Run it again after a change: what is allowed already stays so. `kafka-acls.sh --list` shows it.
set -eu

prefix="${PREFIX:-callfold}"
command="${KAFKA_ACLS:-kafka-acls.sh}"

# allow OPTIONS...: one call of Kafka's command; the rest are the arguments of this script.
allow() {
    $command "$@" >/dev/null
}

topics="User:callfold-topics"
ingest="User:callfold-ingest"
projector="User:callfold-projector"
dispatcher="User:callfold-dispatcher"
look="User:callfold-look"

# Topics are made, and their settings compared.
allow "$@" --add --allow-principal "$topics" --operation Create --operation DescribeConfigs \
    --operation Describe --topic "$prefix." --resource-pattern-type prefixed

# Everybody makes sure that all topics are there and fit, and asks whose log it is.
allow "$@" --add --allow-principal "$ingest" --allow-principal "$projector" \
    --allow-principal "$dispatcher" --operation Describe \
    --topic "$prefix." --resource-pattern-type prefixed
allow "$@" --add --allow-principal "$ingest" --allow-principal "$projector" \
    --allow-principal "$dispatcher" --operation Read --operation Write --topic "$prefix.identity"
allow "$@" --add --allow-principal "$ingest" --allow-principal "$projector" \
    --allow-principal "$dispatcher" --operation Write --transactional-id "$prefix.log identity"

allow "$@" --add --allow-principal "$ingest" --operation Write \
    --topic "$prefix.calls" --topic "$prefix.raw" --topic "$prefix.rejected"

allow "$@" --add --allow-principal "$projector" --operation Read \
    --topic "$prefix.calls" --topic "$prefix.front" --topic "$prefix.conversations"
allow "$@" --add --allow-principal "$projector" --operation Write \
    --topic "$prefix.commands" --topic "$prefix.conversations"
allow "$@" --add --allow-principal "$projector" --operation Write \
    --transactional-id "$prefix.projector/" --resource-pattern-type prefixed
allow "$@" --add --allow-principal "$projector" --operation Read --group "$prefix.projector"

allow "$@" --add --allow-principal "$dispatcher" --operation Read \
    --topic "$prefix.commands" --topic "$prefix.raw" --topic "$prefix.outcomes"
allow "$@" --add --allow-principal "$dispatcher" --operation Write \
    --topic "$prefix.outcomes" --topic "$prefix.front"
allow "$@" --add --allow-principal "$dispatcher" --operation Write \
    --transactional-id "$prefix.dispatcher"
allow "$@" --add --allow-principal "$dispatcher" --operation Read --group "$prefix.dispatcher"

# Whoever looks reads everything and writes nothing.
allow "$@" --add --allow-principal "$look" --operation Read \
    --topic "$prefix." --resource-pattern-type prefixed
