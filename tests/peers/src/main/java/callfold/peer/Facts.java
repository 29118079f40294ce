package callfold.peer;

import static callfold.peer.Fields.at;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;

/** The facts of a call: a join of its events, as projector/src/facts.rs has it, without corrections. */
final class Facts {
  /** In the stored order. */
  private static final String[] REGISTERS = {
    "direction", "missed_call_reason", "started_at", "answered_at", "ended_at",
    "callback_of_call_id", "contact_number", "contact_name", "line_id", "line_name", "line_number",
    "line_country", "line_time_zone", "teams", "agent", "assigned_to", "transferred_by",
    "transferred_to", "external_transferred_to", "asset_url", "has_recording", "has_voicemail",
    "archived"
  };
  private static final int[] IN_EVENT = new int[REGISTERS.length];
  private static final int[] IN_FACTS = new int[REGISTERS.length];
  private static final int AGENT = register("agent");
  private static final int TEAMS = register("teams");
  private static final int DIRECTION = register("direction");
  private static final int TRANSFERRED_BY = register("transferred_by");
  private static final int EXTERNAL = register("external_transferred_to");
  private static final int HAS_RECORDING = register("has_recording");
  private static final int HAS_VOICEMAIL = register("has_voicemail");

  static {
    for (int it = 0; it < REGISTERS.length; it++) {
      IN_EVENT[it] = at(Fields.EVENT, REGISTERS[it]);
      IN_FACTS[it] = at(Fields.FACTS, REGISTERS[it]);
    }
  }

  private static final int EVENT_NAME = at(Fields.EVENT, "event");
  private static final int EVENT_STATUS = at(Fields.EVENT, "status");
  private static final int EVENT_DIRECTION = at(Fields.EVENT, "direction");
  private static final int EVENT_ANSWERED_AT = at(Fields.EVENT, "answered_at");
  private static final int EVENT_ENDED_AT = at(Fields.EVENT, "ended_at");
  private static final int EVENT_RECEIVED_AT = at(Fields.EVENT, "received_at");
  private static final int EVENT_SNAPSHOT_AT = at(Fields.EVENT, "snapshot_at");
  private static final int EVENT_RECORDING = at(Fields.EVENT, "has_recording");
  private static final int EVENT_VOICEMAIL = at(Fields.EVENT, "has_voicemail");
  private static final int EVENT_COMMENTS = at(Fields.EVENT, "comments");
  private static final int EVENT_TAGS = at(Fields.EVENT, "tags");
  static final int WRITTEN_BY = at(Fields.FACTS, "written_by");
  static final int STATUS = at(Fields.FACTS, "status");
  static final int ANSWERED_SEEN = at(Fields.FACTS, "answered_seen");
  static final int ENDED_SEEN = at(Fields.FACTS, "ended_seen");
  static final int TRANSFERRED = at(Fields.FACTS, "transferred");
  static final int COMMENTS = at(Fields.FACTS, "comments");
  static final int TAGS = at(Fields.FACTS, "tags");
  static final int NEWEST_SNAPSHOT_AT = at(Fields.FACTS, "newest_snapshot_at");
  static final int NEWEST_UNTAGGED_AT = at(Fields.FACTS, "newest_untagged_at");

  private Facts() {}

  private static int register(String name) {
    return List.of(REGISTERS).indexOf(name);
  }

  /** A call of which nothing is known. */
  static GenericRecord none() {
    GenericRecord facts = new GenericData.Record(Fields.FACTS);
    for (String list : new String[] {"stamps", "comments", "tags", "teams"}) {
      facts.put(list, new ArrayList<>());
    }
    List<Integer> writtenBy = new ArrayList<>();
    for (int it = 0; it < REGISTERS.length; it++) {
      writtenBy.add(0);
    }
    facts.put(WRITTEN_BY, writtenBy);
    facts.put("direction", symbol("direction", "unknown"));
    facts.put("status", symbol("status", "unknown"));
    for (String flag :
        new String[] {
          "answered_seen", "ended_seen", "transferred", "has_recording", "has_voicemail"
        }) {
      facts.put(flag, false);
    }
    return facts;
  }

  private static GenericData.EnumSymbol symbol(String field, String word) {
    return new GenericData.EnumSymbol(Fields.FACTS.getField(field).schema(), word);
  }

  /** Takes an event in; whether that changed anything. */
  static boolean join(GenericRecord facts, GenericRecord receipts, GenericRecord event) {
    int stamp = Stamps.place(facts, event);
    boolean changed = registers(facts, event, stamp);
    changed |= flags(facts, event);
    changed |= comments(facts, event, stamp);
    changed |= tags(facts, event);
    Stamps.prune(facts);
    return changed | receipts(receipts, event);
  }

  private static boolean registers(GenericRecord facts, GenericRecord event, int stamp) {
    @SuppressWarnings("unchecked")
    List<Integer> writtenBy = (List<Integer>) facts.get(WRITTEN_BY);
    boolean changed = false;
    boolean handler = namesTheHandler(event);
    boolean transfer = isTransfer(event);
    for (int it = 0; it < REGISTERS.length; it++) {
      Object value = event.get(IN_EVENT[it]);
      boolean writes = value != null;
      if (it == AGENT) {
        writes &= handler;
      } else if (it >= TRANSFERRED_BY && it <= EXTERNAL) {
        writes &= transfer;
      } else if (it == DIRECTION) {
        writes = !is(value, "unknown");
      } else if (it == TEAMS) {
        writes = !((List<?>) value).isEmpty();
      } else if (it == HAS_RECORDING) {
        writes = (boolean) value;
      } else if (it == HAS_VOICEMAIL) {
        value = (boolean) value || is(event.get(EVENT_NAME), "call.voicemail_left");
        writes = (boolean) value;
      }
      if (writes && stamp > writtenBy.get(it)) {
        writtenBy.set(it, stamp);
        facts.put(IN_FACTS[it], it == DIRECTION ? symbol("direction", value.toString()) : value);
        changed = true;
      }
    }
    return changed;
  }

  static boolean is(Object text, String word) {
    return text != null && word.contentEquals(text.toString());
  }

  private static boolean namesTheHandler(GenericRecord event) {
    Object name = event.get(EVENT_NAME);
    if (is(name, "call.ringing_on_agent") || is(name, "call.agent_declined")) {
      return false;
    }
    return is(event.get(EVENT_DIRECTION), "outbound") || showsAnAnswer(event);
  }

  private static boolean showsAnAnswer(GenericRecord event) {
    return event.get(EVENT_ANSWERED_AT) != null
        || is(event.get(EVENT_STATUS), "answered")
        || is(event.get(EVENT_NAME), "call.answered");
  }

  private static boolean isTransfer(GenericRecord event) {
    Object name = event.get(EVENT_NAME);
    return is(name, "call.transferred") || is(name, "call.external_transferred");
  }

  private static boolean flags(GenericRecord facts, GenericRecord event) {
    boolean changed = false;
    String status = event.get(EVENT_STATUS).toString();
    if (progress(status) > progress(facts.get(STATUS).toString())) {
      facts.put(STATUS, symbol("status", status));
      changed = true;
    }
    changed |= raise(facts, ANSWERED_SEEN, showsAnAnswer(event));
    changed |= raise(facts, ENDED_SEEN, is(event.get(EVENT_NAME), "call.ended"));
    return changed | raise(facts, TRANSFERRED, isTransfer(event));
  }

  private static int progress(String status) {
    return switch (status) {
      case "initial" -> 1;
      case "answered" -> 2;
      case "done" -> 3;
      default -> 0;
    };
  }

  private static boolean raise(GenericRecord facts, int flag, boolean seen) {
    boolean changed = seen && !(boolean) facts.get(flag);
    if (changed) {
      facts.put(flag, true);
    }
    return changed;
  }

  private static boolean comments(GenericRecord facts, GenericRecord event, int stamp) {
    @SuppressWarnings("unchecked")
    List<GenericRecord> known = (List<GenericRecord>) facts.get(COMMENTS);
    boolean changed = false;
    for (Object it : (List<?>) event.get(EVENT_COMMENTS)) {
      GenericRecord comment = (GenericRecord) it;
      long id = (long) comment.get("id");
      int place = 0;
      while (place < known.size() && (long) known.get(place).get("id") < id) {
        place++;
      }
      boolean there = place < known.size() && (long) known.get(place).get("id") == id;
      if (there && (int) known.get(place).get("written_by") >= stamp) {
        continue;
      }
      GenericRecord fact = new GenericData.Record(Fields.COMMENT_FACT);
      for (String field : new String[] {"id", "content", "posted_at", "posted_by"}) {
        fact.put(field, comment.get(field));
      }
      fact.put("written_by", stamp);
      if (there) {
        known.set(place, fact);
      } else {
        known.add(place, fact);
      }
      changed = true;
    }
    return changed;
  }

  private static boolean tags(GenericRecord facts, GenericRecord event) {
    @SuppressWarnings("unchecked")
    List<GenericRecord> known = (List<GenericRecord>) facts.get(TAGS);
    List<?> shown = (List<?>) event.get(EVENT_TAGS);
    long time = (long) event.get(EVENT_SNAPSHOT_AT);
    boolean untagged = is(event.get(EVENT_NAME), "call.untagged");
    boolean changed = false;
    for (Object it : shown) {
      changed |= present(facts, known, (GenericRecord) it, time);
    }
    for (GenericRecord fact : known) {
      boolean on =
          shown.stream().anyMatch(it -> ((GenericRecord) it).get("id").equals(fact.get("id")));
      if (!on) {
        changed |= latest(fact, fact.getSchema().getField("absent_at").pos(), time);
        changed |= untagged && latest(fact, fact.getSchema().getField("untagged_at").pos(), time);
      }
    }
    changed |= latest(facts, NEWEST_SNAPSHOT_AT, time);
    return changed | (untagged && latest(facts, NEWEST_UNTAGGED_AT, time));
  }

  private static boolean present(
      GenericRecord facts, List<GenericRecord> known, GenericRecord tag, long time) {
    for (GenericRecord fact : known) {
      if (fact.get("id").equals(tag.get("id"))) {
        boolean newer = time > (long) fact.get("present_at");
        if (newer) {
          fact.put("present_at", time);
        }
        return newer;
      }
    }
    GenericRecord fact = new GenericData.Record(Fields.TAG_FACT);
    fact.put("id", tag.get("id"));
    fact.put("name", tag.get("name"));
    fact.put("named_at", tag.get("name") == null ? null : time);
    fact.put("present_at", time);
    fact.put("absent_at", facts.get(NEWEST_SNAPSHOT_AT));
    fact.put("untagged_at", facts.get(NEWEST_UNTAGGED_AT));
    known.add(fact);
    return true;
  }

  private static boolean latest(GenericRecord record, int field, long time) {
    Object known = record.get(field);
    boolean changed = known == null || (long) known < time;
    if (changed) {
      record.put(field, time);
    }
    return changed;
  }

  private static boolean receipts(GenericRecord receipts, GenericRecord event) {
    long time = (long) event.get(EVENT_RECEIVED_AT);
    boolean media =
        (boolean) event.get(EVENT_RECORDING)
            || (boolean) event.get(EVENT_VOICEMAIL)
            || is(event.get(EVENT_NAME), "call.voicemail_left");
    boolean changed = earliest(receipts, 0, true, time);
    changed |= earliest(receipts, 1, event.get(EVENT_ENDED_AT) != null, time);
    return changed | earliest(receipts, 2, media, time);
  }

  private static boolean earliest(GenericRecord receipts, int at, boolean applies, long time) {
    Object known = receipts.get(at);
    boolean changed = applies && (known == null || time < (long) known);
    if (changed) {
      receipts.put(at, time);
    }
    return changed;
  }

  /** Text as it stands in records that were read. */
  static Utf8 text(String text) {
    return new Utf8(text);
  }
}
