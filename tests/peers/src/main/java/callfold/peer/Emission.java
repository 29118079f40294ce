package callfold.peer;

import static callfold.peer.Fields.at;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;

/** Commands are the plan without what was emitted: projector/src/emit.rs with the defaults. */
final class Emission {
  private static final int EMITTED = at(Fields.CALL, "emitted");
  private static final int DUE_AT = at(Fields.CALL, "due_at");
  private static final int LINE_NUMBER = at(Fields.FACTS, "line_number");
  private static final int LINE_ID = at(Fields.FACTS, "line_id");
  private static final int CONTACT_NAME = at(Fields.FACTS, "contact_name");
  private static final String ASSIGNEE = "conversation:assignee";

  private final Texts texts;
  private final GenericRecord conversation;
  private final GenericRecord call;
  private final GenericRecord facts;
  private final long id;
  private final Utf8 cause;
  private final long now;
  private final Consumer<GenericRecord> commands;
  private int asked;

  Emission(
      Texts texts,
      GenericRecord conversation,
      GenericRecord call,
      Utf8 cause,
      long now,
      Consumer<GenericRecord> commands) {
    this.texts = texts;
    this.conversation = conversation;
    this.call = call;
    this.facts = (GenericRecord) call.get("facts");
    this.id = (long) call.get("call_id");
    this.cause = cause;
    this.now = now;
    this.commands = commands;
  }

  /** Asks for everything that is due when waits until `reached` are over; whether there was anything. */
  boolean run(Long reached) {
    if (Call.endedAt(facts) == null) {
      call.put(DUE_AT, null);
      return false;
    }
    GenericRecord receipts = (GenericRecord) call.get("receipts");
    Call.Kind kind = Call.kind(facts);
    long main = Call.mainWhen(facts, receipts, kind);
    long link = Call.linkWhen(facts, receipts, kind);
    String linkPiece = kind.answered() ? "recording" : "voicemail";
    if (due(main, reached) && !has("main", null)) {
      main(kind);
    }
    boolean begun = has("main", null);
    if (begun) {
      if (kind.answered()) {
        assign();
      }
      if (due(Call.durationWhen(facts, kind), reached) && !has("duration", null)) {
        String subject = Contact.subject(conversation, kind, facts);
        activity("duration", kind, subject, Texts.duration(id, facts), null, List.of());
      }
      if (due(link, reached) && !has(linkPiece, null)) {
        boolean voicemail = !kind.answered();
        String subject =
            Contact.subject(conversation, voicemail ? Call.Kind.VOICEMAIL : kind, facts);
        activity(linkPiece, kind, subject, Texts.link(id, voicemail, facts), null, List.of());
      }
      if (kind.answered()) {
        comments();
      }
    }
    long next = !begun ? main : has(linkPiece, null) ? Call.NEVER : link;
    call.put(DUE_AT, next == Call.NEVER || next == Call.READY ? null : next);
    return asked > 0;
  }

  private static boolean due(long when, Long reached) {
    return when == Call.READY || (when != Call.NEVER && reached != null && when <= reached);
  }

  private void main(Call.Kind kind) {
    String subject = Contact.openWith(conversation, id, kind, facts, now);
    String body = texts.main(id, kind, facts);
    GenericRecord assignee = kind.answered() ? mayAssign() : null;
    activity("main", kind, subject, body, assignee, assignee == null ? List.of() : List.of(ASSIGNEE));
  }

  /** Whom the call assigns the conversation to; nobody where it may not. */
  private GenericRecord mayAssign() {
    GenericRecord agent = Call.finalAgent(facts);
    boolean may =
        agent != null
            && Contact.mayAssign(conversation, Call.endedAt(facts), id, (long) agent.get(0));
    return may ? agent(agent) : null;
  }

  private void assign() {
    GenericRecord assignee = mayAssign();
    if (assignee == null) {
      return;
    }
    @SuppressWarnings("unchecked")
    List<GenericRecord> attributes = (List<GenericRecord>) conversation.get("attributes");
    int revision = attributes.isEmpty() ? 1 : (int) attributes.get(0).get("revision") + 1;
    GenericRecord emitted = new GenericData.Record(Fields.ATTRIBUTE);
    emitted.put("effect_key", ASSIGNEE);
    emitted.put("revision", revision);
    emitted.put("cause_at", Call.endedAt(facts));
    emitted.put("cause", cause);
    emitted.put("decided_at", now);
    attributes.clear();
    attributes.add(emitted);
    GenericRecord command = command(ASSIGNEE, "assign", List.of(effect("main")));
    command.put("revision", revision);
    command.put("assignee", assignee);
    send(command);
  }

  private void comments() {
    @SuppressWarnings("unchecked")
    List<GenericRecord> all = new ArrayList<>((List<GenericRecord>) facts.get(Facts.COMMENTS));
    all.removeIf(comment -> has("comment", (Long) comment.get("id")));
    Comparator<GenericRecord> order =
        Comparator.comparing(it -> (Long) it.get("posted_at"), Comparator.nullsFirst(Long::compare));
    all.sort(order.thenComparing(it -> (Long) it.get("id")));
    for (GenericRecord comment : all) {
      long comment_id = (long) comment.get("id");
      String mark = "[call " + id + " comment " + comment_id + "]";
      GenericRecord action = new GenericData.Record(Fields.COMMENT);
      action.put("body", texts.comment(mark, comment, facts));
      action.put("mark", mark);
      GenericRecord by = (GenericRecord) comment.get("posted_by");
      action.put("author", by == null ? null : agent(by));
      GenericRecord command =
          command(effect("comment:" + comment_id), "comment", List.of(effect("main")));
      command.put("comment", action);
      send(command);
      note("comment", comment_id, null);
    }
  }

  private void activity(
      String piece,
      Call.Kind kind,
      String subject,
      String body,
      GenericRecord assignee,
      List<String> alsoSettles) {
    boolean inbound = kind.loggedByCustomer() || piece.equals("voicemail");
    GenericRecord agent = Call.finalAgent(facts);
    GenericRecord activity = new GenericData.Record(Fields.ACTIVITY);
    activity.put("inbound", inbound);
    activity.put("subject", subject);
    activity.put("body", body);
    long after = piece.equals("main") ? 0 : piece.equals("duration") ? 1_000 : 2_000;
    activity.put("shown_at", Call.endedAt(facts) + after);
    GenericRecord customer = new GenericData.Record(Fields.CUSTOMER);
    customer.put("handle", call.get("contact"));
    customer.put("name", facts.get(CONTACT_NAME));
    activity.put("customer", customer);
    Object number = facts.get(LINE_NUMBER);
    boolean known = number != null && number.toString().startsWith("+");
    activity.put("line_handle", known ? number : "line:" + facts.get(LINE_ID));
    activity.put("author", inbound || agent == null ? null : agent(agent));
    activity.put("assignee", assignee);
    activity.put("is_archived", false);
    List<String> follows = piece.equals("main") ? List.of() : List.of(effect("main"));
    GenericRecord command = command(effect(piece), "activity", follows);
    command.put("activity", activity);
    if (!alsoSettles.isEmpty()) {
      command.put("settles", List.of(effect(piece), alsoSettles.get(0)));
    }
    send(command);
    note(piece, null, subject);
  }

  private GenericRecord command(String effectKey, String action, List<String> after) {
    GenericRecord command = new GenericData.Record(Fields.COMMAND);
    command.put("contact", call.get("contact"));
    command.put("effect_key", effectKey);
    command.put("revision", 1);
    command.put("action", action);
    command.put("settles", List.of(effectKey));
    command.put("after", after);
    command.put("call_id", id);
    command.put("cause", cause);
    command.put("cause_at", Call.endedAt(facts));
    command.put("decided_at", now);
    command.put("config_version", "peer");
    command.put("rules_version", "none");
    return command;
  }

  private void send(GenericRecord command) {
    asked++;
    commands.accept(command);
  }

  private String effect(String piece) {
    return "call:" + id + ":" + piece;
  }

  private static GenericRecord agent(GenericRecord person) {
    GenericRecord agent = new GenericData.Record(Fields.AGENT);
    agent.put("id", person.get("id"));
    agent.put("email", person.get("email"));
    return agent;
  }

  @SuppressWarnings("unchecked")
  private List<GenericRecord> emitted() {
    return (List<GenericRecord>) call.get(EMITTED);
  }

  private void note(String piece, Long commentId, String subject) {
    GenericRecord emitted = new GenericData.Record(Fields.EMITTED);
    emitted.put("piece", new GenericData.EnumSymbol(Fields.PIECE, piece));
    emitted.put("comment_id", commentId);
    emitted.put("revision", 1);
    emitted.put("within_main", false);
    emitted.put("subject", subject);
    emitted.put("cause", cause);
    emitted.put("decided_at", now);
    emitted().add(emitted);
  }

  private boolean has(String piece, Long commentId) {
    for (GenericRecord known : emitted()) {
      if (Facts.is(known.get(0), piece) && java.util.Objects.equals(known.get(1), commentId)) {
        return true;
      }
    }
    return false;
  }
}
