package org.posthorn.senderauth.dkim;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// Programs of others that sign and verify: Debian's python3-dkim and opendkim. Where they are not
/// installed, tests that need them are skipped.
public final class Outside {
  private static final String PYTHON = "/usr/bin/python3";
  private static final String OPENDKIM = "/usr/sbin/opendkim";

  private static final Supplier<Boolean> HAS_PYTHON =
      Suppliers.memoize(() -> isDone(PYTHON, "-c", "import dkim, nacl, authres, dns.resolver"));

  private Outside() {}

  /// Runs a script of Python that may `import dkim`, with the message on its input; `txt(name)`
  /// asks the DNS server at `dns`.
  public static byte[] python(String script, String dns, byte[] message, String... arguments) {
    Assumptions.assumeTrue(
        HAS_PYTHON.get(),
        "needs Debian's python3-dkim, python3-nacl, python3-authres and python3-dnspython");
    String before =
        """
        import dkim, sys, dns.resolver
        message = sys.stdin.buffer.read()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ['127.0.0.1']
        resolver.port = %s
        def txt(name, timeout=5):
            return b''.join(resolver.resolve(name.decode(), 'TXT')[0].strings)
        """
            .formatted(dns.substring(dns.indexOf(':') + 1));
    List<String> command = new ArrayList<>(List.of(PYTHON, "-c", before + script));
    command.addAll(List.of(arguments));
    return run(message, command);
  }

  /// What opendkim says of a message when it is tried with this configuration.
  public static String opendkim(String configuration, byte[] message, Path folder) {
    Assumptions.assumeTrue(Files.isExecutable(Path.of(OPENDKIM)), "needs Debian's opendkim");
    try {
      Path conf = Files.writeString(folder.resolve("opendkim.conf"), configuration);
      Path mail = Files.write(folder.resolve("mail.eml"), message);
      return new String(
          run(new byte[0], List.of(OPENDKIM, "-x", conf.toString(), "-t", mail.toString(), "-vvv")),
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// As a file of the kind that others read.
  public static String pem(SigningKey key) {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(key.secret());
    return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
  }

  private static boolean isDone(String... command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static byte[] run(byte[] input, List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      Thread.ofVirtual()
          .start(() -> {
            try (var out = process.getOutputStream()) {
              out.write(input);
            } catch (IOException _) {
              // It has ended; what it said tells why.
            }
          });
      var said = new ByteArrayOutputStream();
      process.getInputStream().transferTo(said);
      return said.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
