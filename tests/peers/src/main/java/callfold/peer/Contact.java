package callfold.peer;

import static callfold.peer.Fields.at;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** The state of a contact: counts, its subject, its assignment. As projector/src/totals.rs and thread.rs. */
final class Contact {
  private static final int TOTALS = at(Fields.CONVERSATION, "totals");
  private static final int OPEN_CALLS = at(Fields.CONVERSATION, "open_calls");
  private static final int LAST_ENDED = at(Fields.CONVERSATION, "last_call_ended_at");
  private static final int SUBJECT = at(Fields.CONVERSATION, "subject");
  private static final int OPENED_AT = at(Fields.CONVERSATION, "opened_at");
  private static final int ASKED = at(Fields.CONVERSATION, "asked_assignment");
  private static final int OPEN_CALLS_MAX = 16;

  private Contact() {}

  static GenericRecord none(Object contact) {
    GenericRecord conversation = new GenericData.Record(Fields.CONVERSATION);
    conversation.put("contact", contact);
    conversation.put(TOTALS, noTotals());
    conversation.put(OPEN_CALLS, new ArrayList<>());
    conversation.put("attributes", new ArrayList<>());
    return conversation;
  }

  private static GenericRecord noTotals() {
    GenericRecord totals = new GenericData.Record(Fields.TOTALS);
    Fields.TOTALS.getFields().forEach(field -> totals.put(field.pos(), 0L));
    return totals;
  }

  /** What the call adds to the counts. */
  static GenericRecord totals(GenericRecord facts) {
    GenericRecord totals = noTotals();
    totals.put("calls", 1L);
    if (Call.endedAt(facts) != null) {
      totals.put(Call.kind(facts).total, 1L);
      Long talk = Call.talkMs(facts);
      totals.put("talk_ms", talk == null ? 0L : talk);
    }
    return totals;
  }

  static boolean update(
      GenericRecord conversation, GenericRecord before, GenericRecord after, long id, Long ended) {
    boolean changed = !after.equals(before);
    if (changed) {
      GenericRecord totals = (GenericRecord) conversation.get(TOTALS);
      for (int it = 0; it < Fields.TOTALS.getFields().size(); it++) {
        long less = before == null ? 0 : (long) before.get(it);
        totals.put(it, (long) totals.get(it) + (long) after.get(it) - less);
      }
    }
    changed |= trackOpen(conversation, id, ended != null);
    Long last = (Long) conversation.get(LAST_ENDED);
    if (ended != null && (last == null || ended > last)) {
      conversation.put(LAST_ENDED, ended);
      changed = true;
    }
    return changed;
  }

  @SuppressWarnings("unchecked")
  private static boolean trackOpen(GenericRecord conversation, long id, boolean ended) {
    List<Long> open = (List<Long>) conversation.get(OPEN_CALLS);
    int place = 0;
    while (place < open.size() && open.get(place) < id) {
      place++;
    }
    boolean there = place < open.size() && open.get(place) == id;
    if (there == !ended) {
      return false;
    }
    if (there) {
      open.remove(place);
    } else {
      open.add(place, id);
      if (open.size() > OPEN_CALLS_MAX) {
        open.remove(0);
      }
    }
    return true;
  }

  /** The subject of a main activity that is decided now. */
  static String openWith(
      GenericRecord conversation, long id, Call.Kind kind, GenericRecord facts, long now) {
    if (conversation.get(SUBJECT) == null) {
      GenericRecord subject = new GenericData.Record(Fields.SUBJECT);
      subject.put("text", Texts.storedSubject(kind, facts));
      subject.put("call_id", id);
      subject.put("decided_at", now);
      conversation.put(SUBJECT, subject);
    }
    Long opened = (Long) conversation.get(OPENED_AT);
    conversation.put(OPENED_AT, opened == null ? now : Math.max(opened, now));
    return subject(conversation, kind, facts);
  }

  static String subject(GenericRecord conversation, Call.Kind kind, GenericRecord facts) {
    GenericRecord subject = (GenericRecord) conversation.get(SUBJECT);
    return kind == Call.Kind.VOICEMAIL || subject == null
        ? Texts.subject(kind, facts)
        : subject.get(0).toString();
  }

  /** Whether the call may assign the conversation to this agent; takes note when it may. */
  static boolean mayAssign(GenericRecord conversation, long endedAt, long id, long agent) {
    GenericRecord asked = (GenericRecord) conversation.get(ASKED);
    if (asked != null) {
      long at = (long) asked.get("cause_at");
      long call = (long) asked.get("call_id");
      boolean newer = at > endedAt || (at == endedAt && call > id);
      if (newer || (call == id && (long) asked.get("agent_id") == agent)) {
        return false;
      }
    }
    asked = new GenericData.Record(Fields.ASKED);
    asked.put("cause_at", endedAt);
    asked.put("call_id", id);
    asked.put("agent_id", agent);
    conversation.put(ASKED, asked);
    return true;
  }
}
