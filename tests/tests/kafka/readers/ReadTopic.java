import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints every value of a topic as JSON, decoded by Avro with the schema that the registry has. */
final class ReadTopic {
    private final Map<Integer, Schema> schemas = new HashMap<>();
    private final HttpClient http = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        new ReadTopic().read(System.getenv("CALLFOLD_LOG__TOPIC_PREFIX") + ".calls");
    }

    private void read(String topic) throws Exception {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", System.getenv("CALLFOLD_LOG__BROKERS"),
            "isolation.level", "read_committed");
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<byte[], byte[]>(settings, bytes, bytes)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(it -> new TopicPartition(topic, it.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(it -> consumer.position(it.getKey()) < it.getValue())) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.println("{\"value\": " + decode(message.value()) + "}");
                }
            }
        }
    }

    private GenericRecord decode(byte[] framed) throws Exception {
        int number = ByteBuffer.wrap(framed, 1, 4).getInt();
        if (!schemas.containsKey(number)) {
            schemas.put(number, fetch(number));
        }
        var decoder = DecoderFactory.get().binaryDecoder(framed, 5, framed.length - 5, null);
        return new GenericDatumReader<GenericRecord>(schemas.get(number)).read(null, decoder);
    }

    private Schema fetch(int number) throws Exception {
        var place = URI.create(System.getenv("CALLFOLD_REGISTRY") + "/schemas/ids/" + number);
        var answer = http.send(HttpRequest.newBuilder(place).build(), BodyHandlers.ofString());
        String schema = new ObjectMapper().readTree(answer.body()).get("schema").asText();
        return new Schema.Parser().parse(schema);
    }
}
