package org.posthorn.app.dmarc;

import java.util.Optional;

/// How much mail came from one address in one day, over all reports. `passed` is by DMARC.
record SourceDay(long messages, long passed, long dkim, long spf, long quarantined, long rejected) {
  private static final String FORM = "1";

  static final SourceDay NOTHING = new SourceDay(0, 0, 0, 0, 0, 0);

  SourceDay and(ReceivedReport.Row row) {
    long count = row.count();
    return new SourceDay(
        messages + count,
        passed + (row.dkim() || row.spf() ? count : 0),
        dkim + (row.dkim() ? count : 0),
        spf + (row.spf() ? count : 0),
        quarantined + (row.disposition().equals("quarantine") ? count : 0),
        rejected + (row.disposition().equals("reject") ? count : 0));
  }

  SourceDay and(SourceDay other) {
    return new SourceDay(
        messages + other.messages,
        passed + other.passed,
        dkim + other.dkim,
        spf + other.spf,
        quarantined + other.quarantined,
        rejected + other.rejected);
  }

  String toText() {
    return String.join(
        "\t",
        FORM,
        Long.toString(messages),
        Long.toString(passed),
        Long.toString(dkim),
        Long.toString(spf),
        Long.toString(quarantined),
        Long.toString(rejected));
  }

  /// Empty if a newer program wrote it.
  static Optional<SourceDay> parse(String text) {
    String[] cells = text.split("\t", -1);
    if (!cells[0].equals(FORM) || cells.length < 7) {
      return Optional.empty();
    }
    return Optional.of(
        new SourceDay(
            Long.parseLong(cells[1]),
            Long.parseLong(cells[2]),
            Long.parseLong(cells[3]),
            Long.parseLong(cells[4]),
            Long.parseLong(cells[5]),
            Long.parseLong(cells[6])));
  }
}
