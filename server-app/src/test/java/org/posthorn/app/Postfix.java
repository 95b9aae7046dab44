package org.posthorn.app;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// A Postfix of the system's package with a configuration of its own: takes mail for `loop.example`
/// on loopback and sends it, whoever it was for, to ann@example.org at our MX.
final class Postfix implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/postfix");

  private final Path directory;
  final int port;

  private Postfix(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  /// Skips the test where there is none, or where it cannot run.
  static Postfix prepared(Path directory) throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "Postfix is not installed");
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "Postfix runs only for root");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new Postfix(directory, free.getLocalPort());
    }
  }

  /// `certificate` and `key` are PEM files that it shows; it sends to `ourPort`.
  void start(Path certificate, Path key, int ourPort) throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("spool"));
    // Its daemons are not root, and must get there.
    Files.setPosixFilePermissions(
        directory.getParent(), PosixFilePermissions.fromString("rwx--x--x"));
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.setOwner(
        data,
        data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postfix"));
    Map<String, String> settings = new TreeMap<>();
    settings.put("compatibility_level", "3.6");
    settings.put("queue_directory", directory.resolve("spool").toString());
    settings.put("data_directory", data.toString());
    settings.put("command_directory", "/usr/sbin");
    settings.put("daemon_directory", "/usr/lib/postfix/sbin");
    settings.put("maillog_file", directory.resolve("log").toString());
    settings.put("maillog_file_prefixes", "/");
    settings.put("myhostname", "postfix.example");
    settings.put("mydestination", "");
    settings.put("mynetworks", "127.0.0.0/8");
    settings.put("inet_interfaces", "127.0.0.1");
    settings.put("inet_protocols", "ipv4");
    settings.put("alias_maps", "");
    settings.put("smtp_dns_support_level", "disabled");
    settings.put("smtpd_tls_cert_file", certificate.toString());
    settings.put("smtpd_tls_key_file", key.toString());
    settings.put("smtpd_tls_security_level", "may");
    settings.put("smtpd_tls_received_header", "yes");
    settings.put("smtp_tls_security_level", "may");
    settings.put("virtual_alias_domains", "loop.example");
    settings.put("virtual_alias_maps", "inline:{@loop.example=ann@example.org}");
    settings.put("transport_maps", "inline:{example.org=smtp:[127.0.0.1]:" + ourPort + "}");
    settings.put(
        "smtpd_recipient_restrictions",
        "check_recipient_access inline:{ {no@loop.example = 550 5.1.1 No such user} },"
            + " permit_mynetworks, reject");
    StringBuilder main = new StringBuilder();
    settings.forEach((name, value) -> main.append(name + " = " + value + "\n"));
    Files.writeString(directory.resolve("main.cf"), main);
    Files.writeString(
        directory.resolve("master.cf"),
        """
        127.0.0.1:%d inet  n - n - - smtpd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        retry unix - - n - - error
        error unix - - n - - error
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd
        """
            .formatted(port));
    order("start");
  }

  private void order(String word) throws IOException, InterruptedException {
    File output = directory.resolve(word + ".out").toFile();
    Process process =
        new ProcessBuilder(PROGRAM.toString(), "-c", directory.toString(), word)
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("postfix " + word + ": " + Files.readString(output.toPath()) + log());
    }
  }

  private String log() throws IOException {
    Path log = directory.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(directory.resolve("master.cf"))) {
      try {
        order("stop");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Postfix may still run", e);
      }
    }
  }
}
