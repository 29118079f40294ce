package callfold.peer;

import static callfold.peer.Fields.at;

import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;

/** The table of stamps: sorted, each once, and only those that a fact still names. */
final class Stamps {
  private static final int STAMPS = at(Fields.FACTS, "stamps");
  private static final int COMMENT_BY = at(Fields.COMMENT_FACT, "written_by");
  private static final int EVENT_ID = at(Fields.EVENT, "event_id");
  private static final int EVENT_SNAPSHOT_AT = at(Fields.EVENT, "snapshot_at");
  private static final int EVENT_REVISION = at(Fields.EVENT, "normaliser_revision");

  private Stamps() {}

  /** The newest that still has a say. */
  static Utf8 newest(GenericRecord facts) {
    List<GenericRecord> stamps = of(facts);
    return (Utf8) stamps.get(stamps.size() - 1).get(1);
  }

  @SuppressWarnings("unchecked")
  private static List<GenericRecord> of(GenericRecord facts) {
    return (List<GenericRecord>) facts.get(STAMPS);
  }

  /** The place of the event's stamp, from 1; puts it there when it is new. */
  static int place(GenericRecord facts, GenericRecord event) {
    List<GenericRecord> stamps = of(facts);
    int place = stamps.size();
    while (place > 0) {
      int order = compare(stamps.get(place - 1), event);
      if (order == 0) {
        return place;
      }
      if (order < 0) {
        break;
      }
      place--;
    }
    if (place < stamps.size()) {
      move(facts, place, 1);
    }
    GenericRecord stamp = new GenericData.Record(Fields.STAMP);
    stamp.put(0, event.get(EVENT_SNAPSHOT_AT));
    stamp.put(1, event.get(EVENT_ID));
    stamp.put(2, event.get(EVENT_REVISION));
    stamps.add(place, stamp);
    return place + 1;
  }

  private static int compare(GenericRecord stamp, GenericRecord event) {
    int order = Long.compare((long) stamp.get(0), (long) event.get(EVENT_SNAPSHOT_AT));
    if (order == 0) {
      order = ((Utf8) stamp.get(1)).compareTo((Utf8) event.get(EVENT_ID));
    }
    return order != 0
        ? order
        : Integer.compare((int) stamp.get(2), (int) event.get(EVENT_REVISION));
  }

  /** Places after `from` move by `by`. */
  @SuppressWarnings("unchecked")
  private static void move(GenericRecord facts, int from, int by) {
    List<Integer> writtenBy = (List<Integer>) facts.get(Facts.WRITTEN_BY);
    for (int it = 0; it < writtenBy.size(); it++) {
      int place = writtenBy.get(it);
      if (place > from) {
        writtenBy.set(it, place + by);
      }
    }
    for (GenericRecord comment : (List<GenericRecord>) facts.get(Facts.COMMENTS)) {
      int place = (int) comment.get(COMMENT_BY);
      if (place > from) {
        comment.put(COMMENT_BY, place + by);
      }
    }
  }

  @SuppressWarnings("unchecked")
  static void prune(GenericRecord facts) {
    List<GenericRecord> stamps = of(facts);
    boolean[] named = new boolean[stamps.size() + 1];
    for (int place : (List<Integer>) facts.get(Facts.WRITTEN_BY)) {
      named[place] = true;
    }
    for (GenericRecord comment : (List<GenericRecord>) facts.get(Facts.COMMENTS)) {
      named[(int) comment.get(COMMENT_BY)] = true;
    }
    for (int place = stamps.size(); place >= 1; place--) {
      if (!named[place]) {
        stamps.remove(place - 1);
        move(facts, place, -1);
      }
    }
  }
}
