package org.posthorn.app.tlsreport;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// Where a domain wants its reports. `uri` as it is published.
sealed interface ReportTarget {
  String uri();

  record ByMail(String uri, MailAddress to) implements ReportTarget {}

  record ByHttps(String uri, URI to) implements ReportTarget {}

  /// More are not served: whoever writes them does not get to have us write to many.
  int TARGETS_MAX = 4;

  String VERSION = "v=TLSRPTv1";

  /// Reads the TXT records at `_smtp._tls.` (RFC 8460 §3): none if there is not exactly one of them
  /// that is meant for this. What is no address and no `https:` is left out.
  static List<ReportTarget> in(List<String> texts) {
    List<String> records = texts.stream().filter(ReportTarget::isRecord).toList();
    if (records.size() != 1) {
      return List.of();
    }
    List<ReportTarget> targets = new ArrayList<>();
    for (String field : records.getFirst().split(";", -1)) {
      int equals = field.indexOf('=');
      if (equals > 0 && field.substring(0, equals).strip().equals("rua")) {
        for (String uri : field.substring(equals + 1).split(",", -1)) {
          of(uri.strip()).filter(_ -> targets.size() < TARGETS_MAX).ifPresent(targets::add);
        }
      }
    }
    return targets;
  }

  private static boolean isRecord(String text) {
    return text.startsWith(VERSION)
        && text.substring(VERSION.length()).stripLeading().startsWith(";");
  }

  private static Optional<ReportTarget> of(String uri) {
    if (!uri.matches("[!-~]{1,500}")) {
      return Optional.empty();
    }
    String lower = uri.toLowerCase(Locale.ROOT);
    try {
      if (lower.startsWith("mailto:")) {
        String address = uri.substring("mailto:".length()).split("\\?", 2)[0];
        String decoded = URLDecoder.decode(address.replace("+", "%2B"), StandardCharsets.UTF_8);
        return MailAddress.parse(decoded).map(to -> new ByMail(uri, to));
      }
      if (lower.startsWith("https:")) {
        URI to = new URI(uri);
        return to.getHost() == null ? Optional.empty() : Optional.of(new ByHttps(uri, to));
      }
    } catch (IllegalArgumentException | URISyntaxException _) {
      // As what is left out.
    }
    return Optional.empty();
  }
}
