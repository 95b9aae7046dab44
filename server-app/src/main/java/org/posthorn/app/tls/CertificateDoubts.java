package org.posthorn.app.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What can be served and will be refused by those who check it: certificates for other names, and
/// such as have ended.
final class CertificateDoubts {
  private static final Duration WARN_BEFORE_END = Duration.ofDays(14);
  private static final Integer SAN_DNS_NAME = 2;
  private static final int NAMES_SHOWN = 3;

  private CertificateDoubts() {}

  static boolean endsSoon(Instant end, Instant now) {
    return !now.isBefore(end.minus(WARN_BEFORE_END));
  }

  /// In words. `files` and `leaves` go together.
  static List<String> of(
      List<TlsConfig.Certificate> files,
      List<X509Certificate> leaves,
      String hostname,
      Instant now) {
    List<String> doubts = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      String file = files.get(i).certificate();
      Instant begin = leaves.get(i).getNotBefore().toInstant();
      Instant end = leaves.get(i).getNotAfter().toInstant();
      if (!now.isBefore(end)) {
        doubts.add("%s has EXPIRED: it ended %s".formatted(file, end));
      } else if (endsSoon(end, now)) {
        doubts.add("%s ends %s".formatted(file, end));
      } else if (now.isBefore(begin)) {
        doubts.add("%s is not valid before %s".formatted(file, begin));
      }
    }
    otherName(files, leaves, hostname).ifPresent(doubts::add);
    return doubts;
  }

  /// In words, when none of them is for the server's own name: other servers are told that name,
  /// and mail programs are mostly set to it.
  static Optional<String> otherName(
      List<TlsConfig.Certificate> files, List<X509Certificate> leaves, String hostname) {
    String name = hostname.toLowerCase(Locale.ROOT);
    if (leaves.stream().anyMatch(leaf -> isFor(leaf, name))) {
      return Optional.empty();
    }
    String those =
        IntStream.range(0, leaves.size())
            .mapToObj(i -> files.get(i).certificate() + " is for " + shown(leaves.get(i)))
            .collect(Collectors.joining(", "));
    return Optional.of("no certificate is for the hostname %s: %s".formatted(hostname, those));
  }

  /// By its name, or by `*.` with one label.
  private static boolean isFor(X509Certificate certificate, String name) {
    List<String> names = dnsNames(certificate).toList();
    int dot = name.indexOf('.');
    return names.contains(name) || (dot > 0 && names.contains("*" + name.substring(dot)));
  }

  private static String shown(X509Certificate certificate) {
    List<String> names = dnsNames(certificate).toList();
    String first = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(" and "));
    return names.isEmpty() ? "no name" : names.size() > NAMES_SHOWN ? first + " and more" : first;
  }

  private static Stream<String> dnsNames(X509Certificate certificate) {
    try {
      return Stream.ofNullable(certificate.getSubjectAlternativeNames())
          .flatMap(Collection::stream)
          .filter(each -> each.getFirst().equals(SAN_DNS_NAME))
          .map(each -> String.valueOf(each.get(1)).toLowerCase(Locale.ROOT));
    } catch (CertificateParsingException _) {
      return Stream.empty();
    }
  }
}
