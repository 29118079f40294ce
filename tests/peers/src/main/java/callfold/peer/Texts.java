package callfold.peer;

import static callfold.peer.Fields.at;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;

/** The default texts of projector/src/templates/defaults.rs. */
final class Texts {
  private static final int LINE_NAME = at(Fields.FACTS, "line_name");
  private static final int LINE_NUMBER = at(Fields.FACTS, "line_number");
  private static final int LINE_ZONE = at(Fields.FACTS, "line_time_zone");
  private static final int CONTACT_NUMBER = at(Fields.FACTS, "contact_number");
  private static final int CONTACT_NAME = at(Fields.FACTS, "contact_name");
  private static final int MISSED_REASON = at(Fields.FACTS, "missed_call_reason");
  private static final int BY = at(Fields.FACTS, "transferred_by");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss zzz", Locale.ENGLISH);

  private final Map<Object, ZoneId> zones = new HashMap<>();

  static String subject(Call.Kind kind, GenericRecord facts) {
    Object line = facts.get(LINE_NAME);
    return line == null || kind == Call.Kind.VOICEMAIL
        ? kind.words
        : kind.words + " - " + oneLine(line.toString());
  }

  static String storedSubject(Call.Kind kind, GenericRecord facts) {
    Object line = facts.get(LINE_NAME);
    return line == null ? kind.words : kind.words + " - " + oneLine(line.toString());
  }

  String main(long call, Call.Kind kind, GenericRecord facts) {
    StringBuilder body = new StringBuilder(256).append(kind.words);
    Object line = facts.get(LINE_NAME);
    if (line != null) {
      body.append(" - ").append(escaped(line, true));
    }
    named(body, "Line: ", line, facts.get(LINE_NUMBER));
    Object number = facts.get(CONTACT_NUMBER);
    named(body, "Customer: ", facts.get(CONTACT_NAME), number == null ? "anonymous" : number);
    GenericRecord agent = kind.loggedByCustomer() ? null : Call.finalAgent(facts);
    if (agent != null && agent.get(1) != null) {
      body.append("\nAgent: ").append(escaped(agent.get(1), true));
    }
    GenericRecord by = (GenericRecord) facts.get(BY);
    if ((boolean) facts.get(Facts.TRANSFERRED) && by != null && by.get(1) != null) {
      body.append("\nTransferred by: ").append(escaped(by.get(1), true));
    }
    Object reason = facts.get(MISSED_REASON);
    if (kind == Call.Kind.MISSED && reason != null) {
      String text = reason.toString();
      body.append("\nReason: ").append(text.matches("[a-z_]*") ? text : escaped(text, true));
    }
    if (Call.startedAt(facts) != null) {
      body.append("\nStarted: ").append(localTime(Call.startedAt(facts), facts));
    }
    return call(body, call);
  }

  static String duration(long call, GenericRecord facts) {
    StringBuilder body = new StringBuilder(128).append("Duration: ");
    span(body, Call.talkMs(facts));
    if (Call.waitMs(facts) != null) {
      body.append(" (waited ");
      span(body, Call.waitMs(facts));
      body.append(')');
    }
    return call(body, call);
  }

  static String link(long call, boolean voicemail, GenericRecord facts) {
    Object page = Call.assetUrl(facts);
    StringBuilder body = new StringBuilder(128).append(voicemail ? "Voicemail: " : "Recording: ");
    body.append(page == null ? "in Aircall" : page.toString());
    return call(body, call);
  }

  String comment(String mark, GenericRecord comment, GenericRecord facts) {
    StringBuilder body = new StringBuilder(128).append(escaped(comment.get("content"), false));
    Long posted = (Long) comment.get("posted_at");
    if (posted != null && posted > Call.endedAt(facts) + 120_000) {
      body.append("\nWritten ").append(localTime(posted, facts));
    }
    return body.append('\n').append(mark).toString();
  }

  private static String call(StringBuilder body, long call) {
    return body.append("\nAircall call ").append(call).toString();
  }

  private static void named(StringBuilder body, String label, Object name, Object number) {
    Object first = name == null ? number : name;
    if (first == null) {
      return;
    }
    body.append('\n').append(label).append(escaped(first, true));
    if (name != null && number != null) {
      body.append(" (").append(escaped(number, true)).append(')');
    }
  }

  private static void span(StringBuilder body, long ms) {
    long seconds = Math.max(0, ms) / 1000;
    long hours = seconds / 3600;
    long minutes = seconds / 60 % 60;
    if (hours > 0) {
      body.append(hours).append(" h ");
    }
    if (hours > 0 || minutes > 0) {
      body.append(minutes).append(" min ");
    }
    body.append(seconds % 60).append(" s");
  }

  private String localTime(long ms, GenericRecord facts) {
    Object name = facts.get(LINE_ZONE);
    ZoneId zone = zones.computeIfAbsent(name == null ? "UTC" : name, Texts::zone);
    return TIME.format(Instant.ofEpochMilli(ms).atZone(zone));
  }

  private static ZoneId zone(Object name) {
    try {
      return ZoneId.of(name.toString());
    } catch (java.time.DateTimeException unknown) {
      return ZoneId.of("UTC");
    }
  }

  private static String oneLine(String text) {
    return text.chars().anyMatch(Character::isISOControl)
        ? text.replaceAll("\\p{Cntrl}", " ")
        : text;
  }

  private static String escaped(Object given, boolean line) {
    String text = given.toString();
    StringBuilder out = null;
    for (int at = 0; at < text.length(); at++) {
      char letter = text.charAt(at);
      String instead =
          switch (letter) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\\', '*', '_', '[', ']', '#', '`' -> "\\" + letter;
            case '\n' -> line ? " " : null;
            default -> Character.isISOControl(letter) ? "" : null;
          };
      if (instead != null && out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, at);
      }
      if (out != null) {
        out.append(instead == null ? String.valueOf(letter) : instead);
      }
    }
    return out == null ? text : out.toString();
  }
}
