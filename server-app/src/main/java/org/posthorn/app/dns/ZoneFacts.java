package org.posthorn.app.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.app.tls.Certificates;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.TlsaPin;

/// What this server knows of itself, as far as the DNS should say it too.
///
/// @param hostname its name in greetings
/// @param sources addresses from which mail leaves, as configured; none: any of the machine
/// @param services where it listens for mail programs
/// @param policy lines of the MTA-STS policy that its own pages show; none: it shows none
public record ZoneFacts(
    String hostname,
    List<String> sources,
    Supplier<List<Service>> services,
    List<String> policy,
    Certificates certificates) {
  /// SPKI, SHA-256: `3 1 1` of a TLSA record (RFC 7672 §3.1).
  private static final String PIN = "3 1 1 ";

  /// A listener, such as `imaps` on 993.
  public record Service(String name, int port) {}

  public ZoneFacts {
    sources = List.copyOf(sources);
    policy = List.copyOf(policy);
  }

  /// The addresses of this machine that the world may know.
  static List<InetAddress> publicAddresses() {
    List<InetAddress> found = new ArrayList<>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(ZoneFacts::isPublic)
          .forEach(found::add);
    } catch (IOException _) {
      // Then nobody knows.
    }
    return found;
  }

  private static boolean isPublic(InetAddress address) {
    boolean uniqueLocal =
        address.getAddress().length == 16 && (address.getAddress()[0] & 0xFE) == 0xFC;
    return !address.isLoopbackAddress()
        && !address.isLinkLocalAddress()
        && !address.isSiteLocalAddress()
        && !address.isMulticastAddress()
        && !uniqueLocal;
  }

  List<InetAddress> sourceAddresses() {
    return sources.stream()
        .map(source -> InetAddress.ofLiteral(source.replaceAll("[\\[\\]]", "")))
        .toList();
  }

  /// A certificate that other mail servers may see, which one depends on what keys they know.
  /// `name` (its kind of key) tells it from the others, `pin` is what a TLSA record of it should
  /// say.
  record Shown(String name, String pin, List<X509Certificate> chain) {
    /// Whether mail comes from those who go by these TLSA records, and see it.
    boolean isVouchedForBy(List<String> tlsa, String host, Domain domain) {
      List<TlsaPin> records = tlsa.stream().map(TlsaPin::parse).flatMap(Optional::stream).toList();
      return TlsaPin.vouch(records, chain, host.toLowerCase(Locale.ROOT), domain.ascii());
    }
  }

  /// All that may be shown to those who come for mail of `host`.
  List<Shown> shown(String host) {
    return certificates.chains(host).stream()
        .map(chain -> {
          byte[] key = chain.getFirst().getPublicKey().getEncoded();
          return new Shown(
              chain.getFirst().getPublicKey().getAlgorithm(),
              PIN + HexFormat.of().formatHex(sha256(key)),
              chain);
        })
        .toList();
  }

  /// What TLSA records of the certificates in use should say.
  List<String> pins() {
    return shown(hostname).stream().map(Shown::pin).toList();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
