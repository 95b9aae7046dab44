package org.posthorn.app.dmarc;

import java.time.LocalDate;
import java.util.List;

/// What others report, without their mail.
public final class OthersReports {
  private OthersReports() {}

  /// `count` messages of an address on a day, that passed by DKIM or SPF, or were refused.
  public static void add(
      ReceivedReports received,
      String domain,
      LocalDate day,
      String source,
      long count,
      boolean dkim,
      boolean spf) {
    String disposition = dkim || spf ? "none" : "reject";
    received.add(
        new ReceivedReport(
            "Other",
            day + source + count + spf,
            domain,
            day,
            List.of(new ReceivedReport.Row(source, count, disposition, dkim, spf))));
  }
}
