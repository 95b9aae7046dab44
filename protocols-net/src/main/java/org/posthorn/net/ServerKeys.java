package org.posthorn.net;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Chooses a certificate by the name that the client asks for (SNI, RFC 6066 §3) and the kind of
/// key that it can check. The JDK's own key manager for PKCS#12 decrypts the key at every
/// handshake, which costs five times the handshake itself. An alias is an index. Immutable.
final class ServerKeys extends X509ExtendedKeyManager {
  private static final int SAN_DNS_NAME = 2;

  private final List<TlsIdentity> identities;
  private final List<Set<String>> names;

  ServerKeys(List<TlsIdentity> identities) {
    if (identities.isEmpty()) {
      throw new IllegalArgumentException("TLS needs at least one certificate");
    }
    this.identities = List.copyOf(identities);
    this.names = identities.stream().map(i -> dnsNames(i.chain().getFirst())).toList();
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    if (!(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) {
      return choose(keyType, "");
    }
    String asked =
        session.getRequestedServerNames().stream()
            .filter(SNIHostName.class::isInstance)
            .map(name -> ((SNIHostName) name).getAsciiName().toLowerCase(Locale.ROOT))
            .findFirst()
            .orElse("");
    return choose(keyType, asked);
  }

  /// Null when no certificate for that name has such a key; then TLS asks for another kind.
  @Nullable String choose(String keyType, String asked) {
    return candidates(asked).stream()
        .filter(i -> kind(i).equals(keyType))
        .findFirst()
        .map(String::valueOf)
        .orElse(null);
  }

  /// One for each kind of key: what a client may see that asks for this name.
  List<TlsIdentity> shownTo(String asked) {
    Set<String> kinds = new HashSet<>();
    return candidates(asked).stream().filter(i -> kinds.add(kind(i))).map(identities::get).toList();
  }

  private String kind(int identity) {
    return identities.get(identity).key().getAlgorithm();
  }

  private List<Integer> candidates(String asked) {
    List<Integer> named = named(asked);
    // A pair of RSA and EC certificates for the same names counts as one.
    return named.isEmpty()
        ? IntStream.range(0, names.size())
            .filter(i -> names.get(i).equals(names.getFirst()))
            .boxed()
            .toList()
        : named;
  }

  /// Exact names first, then `*.` with one label.
  private List<Integer> named(String asked) {
    List<Integer> exact = having(asked);
    int dot = asked.indexOf('.');
    return exact.isEmpty() && dot > 0 ? having("*" + asked.substring(dot)) : exact;
  }

  private List<Integer> having(String name) {
    return IntStream.range(0, names.size())
        .filter(i -> names.get(i).contains(name))
        .boxed()
        .toList();
  }

  private static Set<String> dnsNames(X509Certificate certificate) {
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      return Stream.ofNullable(all)
          .flatMap(Collection::stream)
          .filter(name -> name.getFirst().equals(SAN_DNS_NAME))
          .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
          .collect(Collectors.toUnmodifiableSet());
    } catch (CertificateParsingException e) {
      throw new IllegalArgumentException("Cannot read the names of a certificate", e);
    }
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return identities.get(Integer.parseInt(alias)).chain().toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return identities.get(Integer.parseInt(alias)).key();
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return choose(keyType, "");
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
