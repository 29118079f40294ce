package callfold.peer;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.state.Stores;

/**
 * Folds until the end of its input. Arguments: brokers, the topic of calls, the topic of commands, the id of
 * the command's schema, a folder for the state. Says how many events it has folded ten times a second.
 */
public final class Main {
  private static final int THREADS = 2;

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    LongAdder folded = new LongAdder();
    Topology topology = topology(arguments[1], arguments[2], Integer.parseInt(arguments[3]), folded);
    KafkaStreams streams = new KafkaStreams(topology, settings(arguments[0], arguments[4]));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          // Nothing is folded any more: whoever waits for it must not wait for ever.
          Runtime.getRuntime().halt(1);
          return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
    CountDownLatch ended = new CountDownLatch(1);
    Thread input = new Thread(() -> readToEnd(ended));
    input.setDaemon(true);
    input.start();
    while (!ended.await(100, TimeUnit.MILLISECONDS)) {
      System.out.println("folded " + folded.sum());
    }
    // Who does not leave its group keeps its partitions from its next start for the session's timeout.
    CloseOptions leaving =
        CloseOptions.timeout(Duration.ofSeconds(30))
            .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
    System.exit(streams.close(leaving) ? 0 : 1);
  }

  private static void readToEnd(CountDownLatch ended) {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException error) {
      // The end as well.
    }
    ended.countDown();
  }

  private static Topology topology(String calls, String commands, int schemaId, LongAdder folded) {
    Topology topology = new Topology();
    topology.addSource("calls", calls);
    topology.addProcessor("fold", () -> new Fold(schemaId, folded), "calls");
    for (String name : new String[] {Fold.STATES, Fold.DUE}) {
      topology.addStateStore(
          Stores.keyValueStoreBuilder(
                  Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
              .withCachingEnabled(),
          "fold");
    }
    // A command goes where its contact's events lie.
    topology.addSink(
        "commands",
        commands,
        (String topic, byte[] key, byte[] value, int partitions) ->
            Optional.of(Set.of(partition(key, partitions))),
        "fold");
    return topology;
  }

  private static int partition(byte[] key, int partitions) {
    int end = 0;
    while (key[end] != '|') {
      end++;
    }
    byte[] contact = Arrays.copyOf(key, end);
    int hash = Utils.murmur2(contact);
    return Utils.toPositive(hash) % partitions;
  }

  private static Properties settings(String brokers, String folder) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    // States, positions and commands move together, as in callfold.
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    return settings;
  }
}
