package org.posthorn.app.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private final Path data;
  private final String hostname;
  private final TlsContext context;
  private final CountDownLatch closed = new CountDownLatch(1);
  private List<TlsConfig.Certificate> files;
  private List<FileTime> seen;
  private Optional<String> clientAuthorities;

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
    this.seen = times(files);
    this.context = TlsContext.of(identities(files), clients(clientAuthorities));
  }

  /// Reads them; with none configured, makes one in `data`. Relative names are looked up in `data`.
  public static Certificates open(TlsConfig config, String hostname, Path data) throws IOException {
    var certificates =
        new Certificates(
            data, hostname, filesOf(config, hostname, data), config.clientAuthorities());
    Thread.ofVirtual().name("certificates").start(certificates::watch);
    return certificates;
  }

  public TlsContext context() {
    return context;
  }

  /// The certificates themselves, without those that signed them.
  public synchronized List<X509Certificate> leaves() throws IOException {
    return identities(files).stream().map(identity -> identity.chain().getFirst()).toList();
  }

  /// Serves what `config` names from now on. When this throws, nothing has changed.
  public synchronized void reload(TlsConfig config) throws IOException {
    List<TlsConfig.Certificate> other = filesOf(config, hostname, data);
    List<FileTime> times = times(other);
    context.reload(identities(other), clients(config.clientAuthorities()));
    clientAuthorities = config.clientAuthorities();
    files = other;
    seen = times;
  }

  private void watch() {
    try {
      while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void look() {
    try {
      List<FileTime> now = times(files);
      if (now.equals(seen)) {
        return;
      }
      seen = now;
      context.reload(identities(files), clients(clientAuthorities));
      log.atInfo().log("certificates reloaded");
    } catch (IOException e) {
      // Perhaps half written: the next change is looked at again.
      log.atWarn().addKeyValue("cause", e.getMessage()).log("certificates not reloaded");
    }
  }

  private static List<TlsConfig.Certificate> filesOf(TlsConfig config, String hostname, Path data)
      throws IOException {
    if (!config.certificates().isEmpty()) {
      return config.certificates();
    }
    Path certificate = data.resolve("tls").resolve("self-signed.crt");
    Path key = data.resolve("tls").resolve("self-signed.key");
    SelfSigned.ensure(certificate, key, hostname);
    return List.of(new TlsConfig.Certificate(certificate.toString(), key.toString()));
  }

  private List<TlsIdentity> identities(List<TlsConfig.Certificate> files) throws IOException {
    List<TlsIdentity> identities = new ArrayList<>();
    for (TlsConfig.Certificate file : files) {
      byte[] chain = read(file.certificate());
      byte[] key = pkcs8(file.key(), read(file.key()));
      try {
        identities.add(TlsIdentity.fromPem(chain, key));
      } catch (IllegalArgumentException e) {
        throw new Unusable(
            "%s with %s: %s".formatted(file.certificate(), file.key(), e.getMessage()));
      }
    }
    return identities;
  }

  private Optional<ClientTrust> clients(Optional<String> authorities) throws IOException {
    if (authorities.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ClientTrust.fromPem(read(authorities.get())));
    } catch (IllegalArgumentException e) {
      throw new Unusable("%s: %s".formatted(authorities.get(), e.getMessage()));
    }
  }

  private byte[] read(String name) throws IOException {
    try {
      return Files.readAllBytes(data.resolve(name));
    } catch (IOException e) {
      throw new Unusable(
          "Cannot read %s: %s".formatted(data.resolve(name), e.getClass().getSimpleName()));
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
    }
  }

  private List<FileTime> times(List<TlsConfig.Certificate> files) throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (TlsConfig.Certificate file : files) {
      times.add(time(file.certificate()));
      times.add(time(file.key()));
    }
    return times;
  }

  private FileTime time(String name) throws IOException {
    Path file = data.resolve(name);
    return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
