package callfold.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Records of one schema to bytes and back; one for each thread, because it keeps its buffers. */
final class Codec {
  /** The zero and the schema's id that stand before a value on the log. */
  static final int HEAD_BYTES = 5;

  final Schema schema;
  private final GenericDatumReader<GenericRecord> reader;
  private final GenericDatumWriter<GenericRecord> writer;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(2048);
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;

  Codec(String name) {
    schema = schema(name);
    reader = new GenericDatumReader<>(schema);
    writer = new GenericDatumWriter<>(schema);
  }

  static Schema schema(String name) {
    try (InputStream text = Codec.class.getResourceAsStream("/" + name + ".avsc")) {
      return new Schema.Parser().parse(text);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  GenericRecord decode(byte[] bytes, int from) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(bytes, from, bytes.length - from, decoder);
      return reader.read(null, decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  byte[] encode(GenericRecord record) {
    return encode(record, null);
  }

  /** With this schema id before it, as on the log. */
  byte[] framed(GenericRecord record, int id) {
    return encode(record, ByteBuffer.allocate(HEAD_BYTES).put((byte) 0).putInt(id).array());
  }

  private byte[] encode(GenericRecord record, byte[] head) {
    try {
      out.reset();
      if (head != null) {
        out.write(head);
      }
      encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
      writer.write(record, encoder);
      encoder.flush();
      return out.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
