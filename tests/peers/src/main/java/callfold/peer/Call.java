package callfold.peer;

import static callfold.peer.Fields.at;

import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;

/** What a call was, and what Front is to have of it when: projector/src/qualification.rs and plan.rs. */
final class Call {
  /** When something may be asked for: at once, never, or at a time. */
  static final long READY = Long.MIN_VALUE;

  static final long NEVER = Long.MAX_VALUE;

  private static final long SETTLE_MS = 45_000;
  private static final long LINK_PATIENCE_MS = 600_000;
  private static final int DIRECTION = at(Fields.FACTS, "direction");
  private static final int STARTED_AT = at(Fields.FACTS, "started_at");
  private static final int ANSWERED_AT = at(Fields.FACTS, "answered_at");
  private static final int ENDED_AT = at(Fields.FACTS, "ended_at");
  private static final int ASSET_URL = at(Fields.FACTS, "asset_url");
  private static final int HAS_RECORDING = at(Fields.FACTS, "has_recording");
  private static final int HAS_VOICEMAIL = at(Fields.FACTS, "has_voicemail");
  private static final int AGENT = at(Fields.FACTS, "agent");
  private static final int BY = at(Fields.FACTS, "transferred_by");
  private static final int TO = at(Fields.FACTS, "transferred_to");

  enum Kind {
    INBOUND_ANSWERED("Inbound answered call", "inbound_answered"),
    OUTBOUND_ANSWERED("Outbound answered call", "outbound_answered"),
    OUTBOUND_UNANSWERED("Outbound unanswered call", "outbound_unanswered"),
    MISSED("Missed call", "missed"),
    VOICEMAIL("Voicemail", "voicemails");

    final String words;
    final String total;

    Kind(String words, String total) {
      this.words = words;
      this.total = total;
    }

    boolean answered() {
      return this == INBOUND_ANSWERED || this == OUTBOUND_ANSWERED;
    }

    boolean loggedByCustomer() {
      return this == MISSED || this == VOICEMAIL;
    }
  }

  private Call() {}

  static Kind kind(GenericRecord facts) {
    boolean outbound = Facts.is(facts.get(DIRECTION), "outbound");
    if (answered(facts)) {
      return outbound ? Kind.OUTBOUND_ANSWERED : Kind.INBOUND_ANSWERED;
    }
    if (outbound) {
      return Kind.OUTBOUND_UNANSWERED;
    }
    boolean voicemail = (boolean) facts.get(HAS_VOICEMAIL) || facts.get(ASSET_URL) != null;
    return voicemail ? Kind.VOICEMAIL : Kind.MISSED;
  }

  static boolean answered(GenericRecord facts) {
    return facts.get(ANSWERED_AT) != null || (boolean) facts.get(Facts.ANSWERED_SEEN);
  }

  static GenericRecord finalAgent(GenericRecord facts) {
    GenericRecord handler = (GenericRecord) facts.get(AGENT);
    GenericRecord by = (GenericRecord) facts.get(BY);
    if (!(boolean) facts.get(Facts.TRANSFERRED)) {
      return handler;
    }
    boolean handedOn = handler == null || (by != null && handler.get(0).equals(by.get(0)));
    GenericRecord to = (GenericRecord) facts.get(TO);
    return handedOn && to != null ? to : handler;
  }

  static Long endedAt(GenericRecord facts) {
    return (Long) facts.get(ENDED_AT);
  }

  static Long startedAt(GenericRecord facts) {
    return (Long) facts.get(STARTED_AT);
  }

  static Utf8 assetUrl(GenericRecord facts) {
    return (Utf8) facts.get(ASSET_URL);
  }

  static Long talkMs(GenericRecord facts) {
    return between((Long) facts.get(ANSWERED_AT), endedAt(facts));
  }

  static Long waitMs(GenericRecord facts) {
    Object until = answered(facts) ? facts.get(ANSWERED_AT) : facts.get(ENDED_AT);
    return between(startedAt(facts), (Long) until);
  }

  private static Long between(Long from, Long to) {
    return from == null || to == null ? null : Math.max(0, to - from);
  }

  static long mainWhen(GenericRecord facts, GenericRecord receipts, Kind kind) {
    boolean waits = kind.answered() ? finalAgent(facts) == null : kind == Kind.MISSED;
    boolean unknown = Facts.is(facts.get(DIRECTION), "unknown");
    return waits || unknown ? waited(facts, (Long) receipts.get(1), SETTLE_MS) : READY;
  }

  static long durationWhen(GenericRecord facts, Kind kind) {
    return kind.answered() && facts.get(ANSWERED_AT) != null ? READY : NEVER;
  }

  static long linkWhen(GenericRecord facts, GenericRecord receipts, Kind kind) {
    if (kind == Kind.OUTBOUND_UNANSWERED) {
      return NEVER;
    }
    if (facts.get(ASSET_URL) != null) {
      return READY;
    }
    boolean exists = (boolean) facts.get(kind.answered() ? HAS_RECORDING : HAS_VOICEMAIL);
    return exists ? waited(facts, (Long) receipts.get(2), LINK_PATIENCE_MS) : NEVER;
  }

  private static long waited(GenericRecord facts, Long knownAt, long waitMs) {
    long endedAt = endedAt(facts);
    return (knownAt == null ? endedAt : Math.max(knownAt, endedAt)) + waitMs;
  }
}
