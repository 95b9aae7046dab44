package org.posthorn.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.log.VisibleText;
import tools.jackson.databind.JsonNode;

/// How mail of the queue is shown.
final class QueueLines {
  private QueueLines() {}

  static void table(Output out, JsonNode answer, boolean everything) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode mail : answer.path("mails")) {
      for (JsonNode recipient : mail.path("recipients")) {
        rows.add(
            List.of(
                mail.path("id").asString(),
                sender(mail),
                recipient.path("address").asString(),
                recipient.path("state").asString(),
                recipient.path("attempts").asString(),
                next(recipient),
                lastSaid(recipient)));
      }
    }
    if (rows.isEmpty()) {
      out.line(
          everything
              ? "Nothing is under way."
              : "Nothing that is under way fits. See  posthorn queue list  or  posthorn queue destinations");
    } else {
      out.table(List.of("MAIL", "FROM", "TO", "STATE", "TRIES", "NEXT", "LAST ANSWER"), rows);
      QueuePages.tellOfRest(out, answer, "--destination, --sender, --state, --answer");
    }
  }

  static void senders(Output out, JsonNode answer) {
    List<List<String>> rows = new ArrayList<>();
    JsonNode senders = answer.path("senders");
    for (JsonNode sender : senders) {
      rows.add(
          List.of(
              sender(sender),
              sender.path("loggedIn").asBoolean() ? "yes" : "no",
              sender.path("mails").asString(),
              sender.path("recipients").asString(),
              sender.path("held").asString(),
              Waits.near(sender.path("newest").asString())));
    }
    if (rows.isEmpty()) {
      out.line("Nothing is under way.");
    } else {
      out.table(List.of("SENDER", "LOGGED IN", "MAILS", "RECIPIENTS", "HELD", "LAST CAME"), rows);
      out.tellOfRest(senders.size(), answer.path("total").asLong(), "senders");
      out.line("");
      out.line("To stop one whose password was stolen:");
      out.line("  posthorn user disable ADDRESS            nobody gets in or stays in");
      out.line("  posthorn queue hold --sender ADDRESS     nothing more leaves");
      out.line("  posthorn user app-password list ADDRESS  remove what is not theirs");
      out.line("  posthorn user password ADDRESS           then  posthorn user enable ADDRESS");
    }
  }

  /// In the chain by the step that it stands in front of.
  private static String lastSaid(JsonNode recipient) {
    String said = recipient.path("lastText").asString("");
    if (!recipient.path("state").asString().equals("waiting")) {
      return said;
    }
    String where = recipient.path("where").asString("");
    return said.isEmpty() ? where : where + ": " + said;
  }

  /// Steps may have given some recipients another sender.
  private static String senderOfForm(JsonNode mail, int recipient) {
    for (JsonNode row : mail.path("exact").path("recipients")) {
      if (row.path("number").asInt() == recipient) {
        for (JsonNode form : mail.path("exact").path("forms")) {
          if (form.path("number").equals(row.path("form"))) {
            return sender(form);
          }
        }
      }
    }
    return sender(mail);
  }

  /// Where a recipient is put aside; empty for dead letters, which orders of the queue reach.
  static String repository(JsonNode recipient) {
    return recipient.path("state").asString().equals("parked")
        ? recipient.path("parked").path("repository").asString("")
        : "";
  }

  static void one(Output out, JsonNode mail) {
    out.line(out.bold(mail.path("id").asString()));
    out.line("from      " + sender(mail));
    lineIfKnown(out, "login     ", mail.path("login").asString(""));
    lineIfKnown(out, "subject   ", VisibleText.of(mail.path("subject").asString("")));
    if (mail.hasNonNull("sizeBytes")) {
      out.line("size      " + Output.size(mail.path("sizeBytes").asLong()));
    }
    out.line("received  " + Waits.near(mail.path("received").asString()));
    out.line(
        "by        " + mail.path("protocol").asString() + " " + mail.path("remote").asString(""));
    String until = mail.path("exact").path("asked").path("holdUntil").asString("");
    if (!until.isEmpty()) {
      out.line("asked     by its sender to be sent not before " + local(until));
    }
    for (JsonNode recipient : mail.path("recipients")) {
      out.line("");
      out.line("to        " + recipient.path("address").asString());
      String sender = senderOfForm(mail, recipient.path("number").asInt());
      if (!sender.equals(sender(mail))) {
        out.line("from      " + sender);
      }
      String state = recipient.path("state").asString();
      String where = recipient.path("where").asString("");
      out.line(
          "state     "
              + state
              + "  "
              + (where.startsWith(state + ", ") ? where.substring(state.length() + 2) : where));
      lineIfKnown(out, "route     ", recipient.path("route").asString(""));
      out.line("tries     " + recipient.path("attempts").asString());
      out.line("next      " + next(recipient));
      out.line(
          "answer    "
              + recipient.path("lastStatus").asString("")
              + " "
              + recipient.path("lastText").asString(""));
      lineIfKnown(out, "meaning   ", recipient.path("meaning").asString(""));
      lineIfKnown(out, "to do     ", recipient.path("advice").asString(""));
      String repository = repository(recipient);
      lineIfKnown(
          out, "see       ", repository.isEmpty() ? "" : "posthorn repository show " + repository);
    }
  }

  private static void lineIfKnown(Output out, String name, String what) {
    if (!what.isEmpty()) {
      out.line(name + what);
    }
  }

  private static String local(String instant) {
    return Times.here().show(Instant.parse(instant)) + " (" + Waits.near(instant) + ")";
  }

  /// When something more is done by itself.
  private static String next(JsonNode recipient) {
    return switch (recipient.path("state").asString()) {
      case "held" -> "on release";
      case "dead", "parked" -> "";
      default -> Waits.near(recipient.path("due").asString(""));
    };
  }

  private static String sender(JsonNode mail) {
    return mail.path("sender").asString("<>");
  }
}
