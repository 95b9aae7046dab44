package org.posthorn.smtp.outbound;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.TLSARecord;

/// A TLSA record (RFC 6698): `usage` 2 names an authority and 3 the server's own certificate;
/// `selector` 0 the whole of it and 1 its key; `matching` 0 by its bytes, 1 by SHA-256, 2 by
/// SHA-512. `data` in hexadecimal.
public record TlsaPin(int usage, int selector, int matching, String data) {
  private static final int AUTHORITY = 2;
  private static final int SERVER = 3;
  private static final Pattern WRITTEN =
      Pattern.compile("([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,3}) ([0-9a-f ]+)");

  static TlsaPin of(TLSARecord record) {
    return new TlsaPin(
        record.getCertificateUsage(),
        record.getSelector(),
        record.getMatchingType(),
        HexFormat.of().formatHex(record.getCertificateAssociationData()));
  }

  /// Reads what stands in the DNS; none if mail servers cannot use it.
  public static Optional<TlsaPin> parse(String text) {
    Matcher record = WRITTEN.matcher(text.toLowerCase(Locale.ROOT));
    return record.matches()
        ? Optional.of(
                new TlsaPin(
                    Integer.parseInt(record.group(1)),
                    Integer.parseInt(record.group(2)),
                    Integer.parseInt(record.group(3)),
                    record.group(4).replace(" ", "")))
            .filter(pin -> pin.data.length() % 2 == 0 && pin.isUsable())
        : Optional.empty();
  }

  /// Whether who goes by these records (RFC 7672 §3.1) sends mail to `host`, one of the servers of
  /// `domain`, when it shows this chain.
  public static boolean vouch(
      List<TlsaPin> records, List<X509Certificate> chain, String host, String domain) {
    List<TlsaPin> pins = strongest(records.stream().filter(TlsaPin::isUsable).toList());
    var proof =
        new Proof.Pinned(
            Set.copyOf(pins), host, Set.of(host, domain), Set.of(), /* bySender= */ false);
    try {
      new DaneTrust(proof).checkServerTrusted(chain.toArray(X509Certificate[]::new), "");
      return !pins.isEmpty();
    } catch (CertificateException _) {
      return false;
    }
  }

  /// As in the DNS.
  @Override
  public String toString() {
    return usage + " " + selector + " " + matching + " " + data;
  }

  /// Whether mail servers can use it (RFC 7672 §3.1.3): the usages 0 and 1, which ask for public
  /// authorities as well, they cannot.
  boolean isUsable() {
    int bytes = data.length() / 2;
    return (usage == AUTHORITY || usage == SERVER)
        && (selector == 0 || selector == 1)
        && switch (matching) {
          case 0 -> bytes > 0;
          case 1 -> bytes == 32;
          case 2 -> bytes == 64;
          default -> false;
        };
  }

  boolean isOfAuthority() {
    return usage == AUTHORITY;
  }

  boolean isOfServer() {
    return usage == SERVER;
  }

  /// Without digests for which there is a stronger one (RFC 7671 §9).
  static List<TlsaPin> strongest(List<TlsaPin> pins) {
    return pins.stream()
        .filter(pin ->
            pin.matching != 1
                || pins.stream()
                    .noneMatch(other ->
                        other.matching == 2
                            && other.usage == pin.usage
                            && other.selector == pin.selector))
        .toList();
  }

  boolean matches(X509Certificate certificate) throws CertificateEncodingException {
    byte[] selected =
        selector == 0 ? certificate.getEncoded() : certificate.getPublicKey().getEncoded();
    byte[] compared =
        switch (matching) {
          case 1 -> digest("SHA-256", selected);
          case 2 -> digest("SHA-512", selected);
          default -> selected;
        };
    return Arrays.equals(compared, HexFormat.of().parseHex(data));
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has " + algorithm, e);
    }
  }
}
