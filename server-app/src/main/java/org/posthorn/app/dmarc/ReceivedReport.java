package org.posthorn.app.dmarc;

import java.net.InetAddress;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.AddressText;

/// What somebody has seen in one day of mail in the name of a domain.
record ReceivedReport(
    String organization, String id, String domain, LocalDate day, List<Row> rows) {
  ReceivedReport {
    rows = List.copyOf(rows);
  }

  /// Messages of one address that had one fate.
  record Row(String source, long count, String disposition, boolean dkim, boolean spf) {}

  /// On one line, without tabs.
  static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", " ").strip();
  }

  /// An address in the form in which all are kept.
  static Optional<String> source(String text) {
    if (!text.matches("[0-9A-Fa-f:.]{3,45}")) {
      return Optional.empty();
    }
    try {
      return Optional.of(AddressText.of(InetAddress.ofLiteral(text)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
