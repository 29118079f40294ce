package callfold.peer;

import static callfold.peer.Fields.at;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** One partition's fold: events in, states into the store, commands out. */
final class Fold implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STATES = "states";
  static final String DUE = "due";
  private static final byte[] NOTHING = {};
  private static final byte[] SCHEMA = "callfold.Command".getBytes(StandardCharsets.UTF_8);
  private static final int EVENT_CONTACT = at(Fields.EVENT, "contact");
  private static final int EVENT_CALL = at(Fields.EVENT, "call_id");
  private static final int EVENT_ID = at(Fields.EVENT, "event_id");
  private static final int DUE_AT = at(Fields.CALL, "due_at");

  private final int commandSchemaId;
  private final LongAdder folded;
  private final Codec events = new Codec("CallEvent");
  private final Codec calls = new Codec("CallState");
  private final Codec conversations = new Codec("Conversation");
  private final Codec commands = new Codec("Command");
  private final Texts texts = new Texts();
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<Bytes, byte[]> states;
  private KeyValueStore<Bytes, byte[]> due;

  Fold(int commandSchemaId, LongAdder folded) {
    this.commandSchemaId = commandSchemaId;
    this.folded = folded;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    states = context.getStateStore(STATES);
    due = context.getStateStore(DUE);
    context.schedule(Duration.ofSeconds(1), PunctuationType.WALL_CLOCK_TIME, this::reached);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    GenericRecord event = events.decode(record.value(), Codec.HEAD_BYTES);
    Object contact = event.get(EVENT_CONTACT);
    long id = (long) event.get(EVENT_CALL);
    Bytes conversationKey = key(contact.toString());
    Bytes callKey = key(contact + "|" + id);
    GenericRecord conversation = conversation(conversationKey, contact);
    byte[] known = states.get(callKey);
    GenericRecord call = known == null ? noCall(contact, id) : calls.decode(known, 0);
    GenericRecord facts = (GenericRecord) call.get("facts");
    GenericRecord receipts = (GenericRecord) call.get("receipts");
    GenericRecord before = receipts.get(0) == null ? null : Contact.totals(facts);
    if (Facts.join(facts, receipts, event)) {
      GenericRecord after = Contact.totals(facts);
      Long ended = Call.endedAt(facts);
      boolean changed = Contact.update(conversation, before, after, id, ended);
      Long dueBefore = (Long) call.get(DUE_AT);
      long now = context.currentSystemTimeMs();
      changed |= emission(conversation, call, (Utf8) event.get(EVENT_ID), now).run(null);
      keep(callKey, call, dueBefore, changed ? conversationKey : null, conversation);
    }
    folded.increment();
  }

  /** What waited until now waits no longer. Whether the inputs were read to their ends is not asked. */
  private void reached(long now) {
    List<byte[]> found = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> over = due.range(dueKey(0, NOTHING), dueKey(now + 1, NOTHING))) {
      over.forEachRemaining(it -> found.add(it.key.get()));
    }
    for (byte[] key : found) {
      Bytes callKey = Bytes.wrap(java.util.Arrays.copyOfRange(key, Long.BYTES, key.length));
      GenericRecord call = calls.decode(states.get(callKey), 0);
      Object contact = call.get("contact");
      Bytes conversationKey = key(contact.toString());
      GenericRecord conversation = conversation(conversationKey, contact);
      Utf8 cause = Stamps.newest((GenericRecord) call.get("facts"));
      Long dueBefore = (Long) call.get(DUE_AT);
      boolean changed = emission(conversation, call, cause, now).run(now);
      keep(callKey, call, dueBefore, changed ? conversationKey : null, conversation);
    }
  }

  private Emission emission(GenericRecord conversation, GenericRecord call, Utf8 cause, long now) {
    return new Emission(texts, conversation, call, cause, now, this::send);
  }

  private void keep(
      Bytes callKey,
      GenericRecord call,
      Long dueBefore,
      Bytes conversationKey,
      GenericRecord conversation) {
    states.put(callKey, calls.encode(call));
    if (conversationKey != null) {
      states.put(conversationKey, conversations.encode(conversation));
    }
    Long dueNow = (Long) call.get(DUE_AT);
    if (dueBefore != null && !dueBefore.equals(dueNow)) {
      due.delete(dueKey(dueBefore, callKey.get()));
    }
    if (dueNow != null && !dueNow.equals(dueBefore)) {
      due.put(dueKey(dueNow, callKey.get()), NOTHING);
    }
  }

  private void send(GenericRecord command) {
    byte[] key = (command.get("contact") + "|" + command.get("effect_key")).getBytes(StandardCharsets.UTF_8);
    RecordHeaders headers = new RecordHeaders();
    headers.add("schema", SCHEMA);
    byte[] value = commands.framed(command, commandSchemaId);
    context.forward(new Record<>(key, value, context.currentSystemTimeMs(), headers));
  }

  private GenericRecord conversation(Bytes key, Object contact) {
    byte[] known = states.get(key);
    return known == null ? Contact.none(contact) : conversations.decode(known, 0);
  }

  private static GenericRecord noCall(Object contact, long id) {
    GenericRecord call = new GenericData.Record(Fields.CALL);
    call.put("contact", contact);
    call.put("call_id", id);
    call.put("facts", Facts.none());
    call.put("receipts", new GenericData.Record(Fields.RECEIPTS));
    call.put("emitted", new ArrayList<>());
    return call;
  }

  private static Bytes key(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes dueKey(long at, byte[] callKey) {
    byte[] key = ByteBuffer.allocate(Long.BYTES + callKey.length).putLong(at).put(callKey).array();
    return Bytes.wrap(key);
  }
}
