package org.posthorn.message.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.report.RecipientReport.Action;

/// The part of a report that people read.
record ReportText(DeliveryReport report, List<Headers.Placed> fields) {
  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH);
  private static final int SUBJECT_MAX = 120;
  private static final int ANSWER_MAX = 500;
  private static final int WIDTH = 72;

  /// The subject of the mail, decoded and shortened; empty if it has none.
  static String subject(List<Headers.Placed> fields) {
    String subject = EncodedWord.decode(DeliveryReport.find(fields, "Subject").orElse("")).strip();
    return subject.codePointCount(0, subject.length()) <= SUBJECT_MAX
        ? subject
        : subject.substring(0, subject.offsetByCodePoints(0, SUBJECT_MAX)) + "...";
  }

  String human() {
    List<String> lines = new ArrayList<>();
    lines.add("This is the mail system at " + report.host() + ".");
    lines.add("");
    lines.addAll(wrapped(opening() + aboutWhich(), ""));
    for (RecipientReport recipient : report.recipients()) {
      lines.add("");
      append(lines, recipient);
    }
    lines.add("");
    lines.addAll(wrapped(closing(), ""));
    return String.join("\r\n", lines) + "\r\n";
  }

  private String opening() {
    return switch (report.recipients().getFirst().action()) {
      case FAILED -> "Your message could not be delivered to " + toWhom() + ". It was taken";
      case DELAYED -> "Your message is still waiting to be delivered. It was taken";
      case DELIVERED -> "Your message arrived, as you asked to be told. It was taken";
      case RELAYED ->
          "Your message was handed to another server, which will not tell you whether it arrives. It was taken";
    };
  }

  /// The mail may have been for others too.
  private String toWhom() {
    List<RecipientReport> recipients = report.recipients();
    return recipients.size() == 1
        ? known(recipients.getFirst())
        : recipients.size() + " recipients";
  }

  private String aboutWhich() {
    String subject = subject(fields);
    return " on "
        + at(report.arrival())
        + (subject.isEmpty() ? "." : " and its subject is \"" + subject + "\".");
  }

  private static void append(List<String> lines, RecipientReport recipient) {
    PlainWords words = PlainWords.of(recipient);
    lines.add("  " + written(recipient));
    boolean isReply = RecipientReport.isReply(recipient.answer());
    // By the status, or by what was said last, which was no reason to stop.
    boolean isGivenUp =
        recipient.action() == Action.FAILED
            && (recipient.status().startsWith("4") || recipient.answer().startsWith("4"));
    String end =
        isReply && isGivenUp ? " It was tried again until the time for that was over." : "";
    lines.addAll(wrapped("What happened: " + words.cause() + end, "    "));
    if (!recipient.answer().isBlank()) {
      String said =
          recipient
              .remote()
              .filter(_ -> isReply)
              .map(host -> host + " said: ")
              .orElse("In detail: ");
      lines.addAll(wrapped(said + shortened(recipient.answer()), "    "));
    }
    if (!words.advice().isEmpty()) {
      lines.addAll(wrapped("What you can do: " + words.advice(), "    "));
    }
  }

  /// The address that the sender knows. What it leads to, such as the target of an alias, stands in
  /// the part for programs: it means nothing to him.
  private static String written(RecipientReport recipient) {
    String known = known(recipient);
    return known.equalsIgnoreCase(recipient.recipient().toString())
        ? known
        : known + ", which leads to another address";
  }

  private static String known(RecipientReport recipient) {
    String original = recipient.original().map(HeaderText::withoutControls).orElse("");
    int semicolon = original.indexOf(';');
    String type = original.substring(0, Math.max(semicolon, 0)).strip().toLowerCase(Locale.ROOT);
    String address = original.substring(semicolon + 1).strip();
    boolean isMail = type.equals("rfc822") || type.equals("utf-8");
    String last = recipient.recipient().toString();
    return !isMail || address.isEmpty() || address.equalsIgnoreCase(last) ? last : address;
  }

  private String closing() {
    RecipientReport first = report.recipients().getFirst();
    return switch (first.action()) {
      case FAILED ->
          "The message will not be tried again for %s. A copy of it, or of its header, is below."
              .formatted(report.recipients().size() == 1 ? "this recipient" : "these recipients");
      case DELAYED -> delayClosing(first.retryUntil());
      case DELIVERED, RELAYED -> "There is nothing to do.";
    };
  }

  private static String delayClosing(Optional<Instant> until) {
    return "You need not send it again: it will be tried"
        + until.map(instant -> " until " + at(instant)).orElse(" again")
        + ", and you will hear if it cannot be delivered at all.";
  }

  private static String at(Instant instant) {
    return DAY_AND_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }

  private static String shortened(String answer) {
    return answer.length() <= ANSWER_MAX ? answer : answer.substring(0, ANSWER_MAX) + "...";
  }

  private static List<String> wrapped(String text, String indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(indent);
    for (String word : text.strip().split("\\s+", -1)) {
      if (line.length() > indent.length() && line.length() + word.length() + 1 > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(indent + (indent.isEmpty() ? "" : "  "));
        line.append(word);
      } else {
        line.append(line.length() > indent.length() ? " " : "").append(word);
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
