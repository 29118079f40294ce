package callfold.peer;

import org.apache.avro.Schema;

/** Schemas and places of fields, looked up once: a field by its name costs a hash for each access. */
final class Fields {
  static final Schema EVENT = Codec.schema("CallEvent");
  static final Schema CALL = Codec.schema("CallState");
  static final Schema CONVERSATION = Codec.schema("Conversation");
  static final Schema COMMAND = Codec.schema("Command");

  static final Schema FACTS = CALL.getField("facts").schema();
  static final Schema STAMP = FACTS.getField("stamps").schema().getElementType();
  static final Schema COMMENT_FACT = FACTS.getField("comments").schema().getElementType();
  static final Schema TAG_FACT = FACTS.getField("tags").schema().getElementType();
  static final Schema RECEIPTS = CALL.getField("receipts").schema();
  static final Schema EMITTED = CALL.getField("emitted").schema().getElementType();
  static final Schema PIECE = EMITTED.getField("piece").schema();
  static final Schema TOTALS = CONVERSATION.getField("totals").schema();
  static final Schema SUBJECT = optional(CONVERSATION, "subject");
  static final Schema ASKED = optional(CONVERSATION, "asked_assignment");
  static final Schema ATTRIBUTE = CONVERSATION.getField("attributes").schema().getElementType();
  static final Schema ACTIVITY = optional(COMMAND, "activity");
  static final Schema COMMENT = optional(COMMAND, "comment");
  static final Schema AGENT = optional(COMMAND, "assignee");
  static final Schema CUSTOMER = ACTIVITY.getField("customer").schema();

  private Fields() {}

  static int at(Schema schema, String name) {
    return schema.getField(name).pos();
  }

  private static Schema optional(Schema schema, String name) {
    return schema.getField(name).schema().getTypes().get(1);
  }
}
