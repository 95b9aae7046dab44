package org.posthorn.app.dmarc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.posthorn.message.AddressText;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.results.MethodResult;

/// Messages of one day that are alike, and how many they were: a row of a report. All texts are one
/// line without tabs.
record JudgedRow(
    long count,
    String source,
    String disposition,
    boolean alignedDkim,
    boolean alignedSpf,
    String override,
    String envelope,
    String author,
    List<Check> checks) {
  private static final String FORM = "1";
  private static final int CHECKS_MAX = 6;
  private static final int TEXT_MAX = 253;

  /// What SPF (`spf`) or a signature (`dkim`, with its selector) came to.
  record Check(String method, String domain, String selector, String result) {}

  JudgedRow {
    checks = List.copyOf(checks);
  }

  static JudgedRow of(DmarcObserver.Judged message) {
    DmarcResult result = message.result();
    boolean isPassed = result.outcome() == DmarcResult.Outcome.PASS;
    return new JudgedRow(
        1,
        AddressText.of(message.client()),
        isPassed ? "pass" : message.applied().word(),
        !result.alignedDkim().isEmpty(),
        result.alignedSpf(),
        message.exemption() == DmarcObserver.Exemption.NO
            ? ""
            : message.exemption().name().toLowerCase(Locale.ROOT),
        plain(message.envelope()),
        plain(result.author()),
        checks(message));
  }

  /// What SPF came to; and of signatures those that passed, those in the name of the domain that
  /// gets the report, and one more that failed: strangers write as many as they like.
  private static List<Check> checks(DmarcObserver.Judged message) {
    String reader = message.result().applied().map(DmarcResult.Applied::domain).orElse("");
    List<Check> checks = new ArrayList<>();
    boolean hasStrangers = false;
    for (MethodResult found : message.checks()) {
      Check check = check(found);
      boolean isStrangers =
          check.method.equals("dkim")
              && !found.passed()
              && !("." + check.domain).endsWith("." + reader);
      if (checks.size() < CHECKS_MAX && !(isStrangers && hasStrangers)) {
        checks.add(check);
      }
      hasStrangers |= isStrangers;
    }
    return checks;
  }

  private static Check check(MethodResult found) {
    String domain =
        found
            .property("header", "d")
            .or(() -> found.property("smtp", "mailfrom"))
            .or(() -> found.property("smtp", "helo"))
            .orElse("");
    return new Check(
        found.method(),
        plain(domain),
        plain(found.property("header", "s").orElse("")),
        found.result());
  }

  private static String plain(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() <= TEXT_MAX ? line : line.substring(0, TEXT_MAX);
  }

  JudgedRow more() {
    return new JudgedRow(
        count + 1,
        source,
        disposition,
        alignedDkim,
        alignedSpf,
        override,
        envelope,
        author,
        checks);
  }

  /// All but the number: what makes messages alike.
  String kind() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.join(
            "\t",
            source,
            disposition,
            Boolean.toString(alignedDkim),
            Boolean.toString(alignedSpf),
            override,
            envelope,
            author));
    for (Check check : checks) {
      text.append('\n')
          .append(String.join("\t", check.method, check.domain, check.selector, check.result));
    }
    return text.toString();
  }

  String toText() {
    return FORM + "\t" + count + "\t" + kind();
  }

  /// No row if a newer program wrote it.
  static List<JudgedRow> parse(String text) {
    String[] lines = text.split("\n", -1);
    String[] cells = lines[0].split("\t", -1);
    if (!cells[0].equals(FORM) || cells.length < 9) {
      return List.of();
    }
    List<Check> checks = new ArrayList<>();
    for (int line = 1; line < lines.length; line++) {
      String[] parts = lines[line].split("\t", -1);
      if (parts.length == 4) {
        checks.add(new Check(parts[0], parts[1], parts[2], parts[3]));
      }
    }
    return List.of(
        new JudgedRow(
            Long.parseLong(cells[1]),
            cells[2],
            cells[3],
            Boolean.parseBoolean(cells[4]),
            Boolean.parseBoolean(cells[5]),
            cells[6],
            cells[7],
            cells[8],
            checks));
  }
}
