package org.posthorn.app.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.posthorn.net.ClientTrust;
import org.posthorn.net.TlsContext;
import org.posthorn.net.TlsIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificates in force. Looks at its files now and then, so that a renewed certificate is
/// served without anybody saying so. Safe for use by many threads.
public final class Certificates implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Certificates.class);
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration WARN_EVERY = Duration.ofDays(1);

  /// What is served when none is configured.
  private static final TlsConfig.Certificate SELF_SIGNED =
      new TlsConfig.Certificate("tls/self-signed.crt", "tls/self-signed.key");

  private final Path data;
  private final String hostname;
  private final TlsContext context;
  private final CountDownLatch closed = new CountDownLatch(1);
  private List<TlsConfig.Certificate> files;
  private List<TlsIdentity> served;
  private List<FileTime> seen;
  private Optional<String> clientAuthorities;

  /// Why the files as they are cannot be served; empty when they are.
  private String trouble = "";

  /// When it was said last that one ends, or is for another name.
  private Instant warned = Instant.EPOCH;

  /// A certificate cannot be used; the message names the file and says why.
  public static final class Unusable extends IOException {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  private Certificates(
      Path data,
      String hostname,
      List<TlsConfig.Certificate> files,
      Optional<String> clientAuthorities)
      throws IOException {
    this.data = data;
    this.hostname = hostname;
    this.files = files;
    this.clientAuthorities = clientAuthorities;
    this.seen = times(data, files, clientAuthorities);
    this.served = identities(data, files);
    this.context = TlsContext.of(served, clients(data, clientAuthorities));
  }

  /// Reads them; with none configured, makes one in `data`. Relative names are looked up in `data`.
  public static Certificates open(TlsConfig config, String hostname, Path data) throws IOException {
    var certificates =
        new Certificates(
            data, hostname, filesOf(config, hostname, data), config.clientAuthorities());
    Thread.ofVirtual().name("certificates").start(certificates::watch);
    return certificates;
  }

  /// Throws [Unusable] when a server could not serve what is configured. Makes nothing: without any
  /// configured, the one that was made before must be good, if all of it is there. In words, what
  /// can be served and will not please those who check it.
  public static List<String> check(TlsConfig config, String hostname, Path data, Instant now)
      throws IOException {
    boolean own = config.certificates().isEmpty();
    boolean made =
        Files.exists(data.resolve(SELF_SIGNED.certificate()))
            && Files.exists(data.resolve(SELF_SIGNED.key()));
    List<TlsIdentity> identities =
        own && !made
            ? List.of()
            : identities(data, own ? List.of(SELF_SIGNED) : config.certificates());
    var _ = clients(data, config.clientAuthorities());
    return own
        ? List.of()
        : CertificateDoubts.of(config.certificates(), leaves(identities), hostname, now);
  }

  public TlsContext context() {
    return context;
  }

  /// Each that a client may see that asks for `name`, with those that signed it.
  public synchronized List<List<X509Certificate>> chains(String name) {
    return TlsContext.shownTo(name, served).stream().map(TlsIdentity::chain).toList();
  }

  /// The certificates themselves, without those that signed them.
  public synchronized List<X509Certificate> leaves() {
    return leaves(served);
  }

  private static List<X509Certificate> leaves(List<TlsIdentity> identities) {
    return identities.stream().map(identity -> identity.chain().getFirst()).toList();
  }

  /// In words, that none of those that were named is for the server's own name. The one that the
  /// server made itself is trusted by nobody anyway.
  public synchronized Optional<String> otherName() {
    return files.equals(List.of(SELF_SIGNED))
        ? Optional.empty()
        : CertificateDoubts.otherName(files, leaves(served), hostname);
  }

  /// Serves what `config` names from now on. When this throws, nothing has changed.
  public synchronized void reload(TlsConfig config) throws IOException {
    List<TlsConfig.Certificate> other = filesOf(config, hostname, data);
    use(other, config.clientAuthorities(), times(data, other, config.clientAuthorities()));
  }

  /// When this throws, nothing has changed.
  private void use(
      List<TlsConfig.Certificate> others, Optional<String> authorities, List<FileTime> times)
      throws IOException {
    List<TlsIdentity> identities = identities(data, others);
    context.reload(identities, clients(data, authorities));
    served = identities;
    clientAuthorities = authorities;
    files = others;
    seen = times;
    trouble = "";
    warned = Instant.EPOCH;
  }

  private void watch() {
    try {
      warn(Instant.now());
      while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        look();
        warn(Instant.now());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// What cannot be served is perhaps half written, or one of two files that belong together: those
  /// in force stay, and it is looked at again, since not all that mends a file changes its time.
  synchronized void look() {
    try {
      List<FileTime> now = times(data, files, clientAuthorities);
      if (!now.equals(seen)) {
        use(files, clientAuthorities, now);
        log.atInfo().log("certificates reloaded");
      }
    } catch (IOException | RuntimeException e) {
      String cause = String.valueOf(e.getMessage());
      if (!cause.equals(trouble)) {
        trouble = cause;
        log.atWarn().addKeyValue("cause", cause).log("certificates not reloaded");
      }
    }
  }

  /// A renewal that fails is seen by nobody until clients refuse the certificate.
  synchronized void warn(Instant now) {
    // What was said on a day that is yet to come was by a wrong clock.
    boolean isSetBack = warned.minus(WARN_EVERY).isAfter(now);
    if (!isSetBack && now.isBefore(warned.plus(WARN_EVERY))) {
      return;
    }
    otherName()
        .ifPresent(what -> {
          warned = now;
          log.atWarn().addKeyValue("what", what).log("certificate for another name");
        });
    ending(now)
        .forEach((file, end) -> {
          warned = now;
          log.atWarn()
              .addKeyValue("file", file)
              .addKeyValue("until", end)
              .log(now.isBefore(end) ? "certificate expires soon" : "certificate has expired");
        });
  }

  /// The files of certificates that end soon, or have ended, and when.
  public synchronized SortedMap<String, Instant> ending(Instant now) {
    SortedMap<String, Instant> ending = new TreeMap<>();
    for (int i = 0; i < served.size(); i++) {
      Instant end = served.get(i).chain().getFirst().getNotAfter().toInstant();
      if (CertificateDoubts.endsSoon(end, now)) {
        ending.put(files.get(i).certificate(), end);
      }
    }
    return ending;
  }

  private static List<TlsConfig.Certificate> filesOf(TlsConfig config, String hostname, Path data)
      throws IOException {
    if (!config.certificates().isEmpty()) {
      return config.certificates();
    }
    SelfSigned.ensure(
        data.resolve(SELF_SIGNED.certificate()), data.resolve(SELF_SIGNED.key()), hostname);
    return List.of(SELF_SIGNED);
  }

  private static List<TlsIdentity> identities(Path data, List<TlsConfig.Certificate> files)
      throws IOException {
    List<TlsIdentity> identities = new ArrayList<>();
    for (TlsConfig.Certificate file : files) {
      byte[] chain = read(data, file.certificate());
      byte[] key = pkcs8(file.key(), read(data, file.key()));
      try {
        identities.add(TlsIdentity.fromPem(chain, key));
      } catch (IllegalArgumentException e) {
        throw new Unusable(
            "%s with %s: %s".formatted(file.certificate(), file.key(), e.getMessage()));
      }
    }
    return identities;
  }

  private static Optional<ClientTrust> clients(Path data, Optional<String> authorities)
      throws IOException {
    if (authorities.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ClientTrust.fromPem(read(data, authorities.get())));
    } catch (IllegalArgumentException e) {
      throw new Unusable("%s: %s".formatted(authorities.get(), e.getMessage()));
    }
  }

  private static byte[] read(Path data, String name) throws IOException {
    try {
      return Files.readAllBytes(data.resolve(name));
    } catch (IOException e) {
      String why =
          switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "let the user read it that the server runs as";
            default -> String.valueOf(e.getMessage());
          };
      throw new Unusable("Cannot read %s: %s".formatted(data.resolve(name), why));
    }
  }

  /// Keys of older tools (`BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE KEY`) in the form that Java
  /// reads.
  private static byte[] pkcs8(String name, byte[] pem) throws IOException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    if (text.contains("-----BEGIN PRIVATE KEY-----")) {
      return pem;
    }
    try (var parser = new PEMParser(new StringReader(text))) {
      Optional<PrivateKeyInfo> key = Optional.empty();
      for (Object found = parser.readObject();
          found != null && key.isEmpty();
          found = parser.readObject()) {
        key =
            switch (found) {
              case PEMKeyPair pair -> Optional.of(pair.getPrivateKeyInfo());
              case PrivateKeyInfo info -> Optional.of(info);
              default -> Optional.empty();
            };
      }
      byte[] encoded =
          key.orElseThrow(() -> new Unusable("No private key without a password in " + name))
              .getEncoded();
      var writer = new StringWriter();
      try (var out = new PemWriter(writer)) {
        out.writeObject(new PemObject("PRIVATE KEY", encoded));
      }
      return writer.toString().getBytes(StandardCharsets.US_ASCII);
    } catch (Unusable e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new Unusable("%s is no private key: %s".formatted(name, e.getMessage()));
    }
  }

  private static List<FileTime> times(
      Path data, List<TlsConfig.Certificate> files, Optional<String> authorities)
      throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (TlsConfig.Certificate file : files) {
      times.add(time(data.resolve(file.certificate())));
      times.add(time(data.resolve(file.key())));
    }
    if (authorities.isPresent()) {
      times.add(time(data.resolve(authorities.get())));
    }
    return times;
  }

  private static FileTime time(Path file) throws IOException {
    return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
