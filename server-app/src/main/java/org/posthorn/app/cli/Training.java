package org.posthorn.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs the usual commands once, so that the JVM notes for its cache what they load. A thread of
/// our own plays the server: it needs none of the server's classes.
final class Training {
  private static final List<String> ANSWERS =
      List.of("[{\"a\":[1,\"b\"]}]", "{\"a\":{\"b\":null}}");

  private Training() {}

  static void run() {
    try {
      Path directory = Files.createTempDirectory("posthorn-training-");
      Path socket = directory.resolve("admin.sock");
      Path password = Files.writeString(directory.resolve("password"), "secret\n");
      try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(() -> answer(server));
        commands(directory, password);
      } finally {
        Files.deleteIfExists(socket);
        Files.deleteIfExists(password);
        Files.deleteIfExists(directory);
      }
    } catch (IOException _) {
      // Without training the commands are slower, no more.
    }
  }

  private static void commands(Path data, Path password) {
    List<List<String>> commands =
        List.of(
            List.of("user", "--help"),
            List.of("user", "add", "--help"),
            List.of("version"),
            List.of("status"),
            List.of("domain", "list"),
            List.of("user", "list", "--json"),
            List.of("user", "add", "a@b.example", "--password-file", password.toString()),
            List.of("alias", "list"),
            List.of("mailbox", "list", "a@b.example"),
            List.of("queue", "list"),
            List.of("reload"));
    for (List<String> command : commands) {
      var arguments = new ArrayList<>(command);
      if (!command.contains("--help") && !command.contains("version")) {
        arguments.addAll(List.of("--data", data.toString()));
      }
      var nowhere = new PrintWriter(Writer.nullWriter());
      Posthorn.run(nowhere, nowhere, arguments.toArray(String[]::new));
    }
  }

  /// Lists to one question, an object to the next: which it is does not matter here.
  private static void answer(ServerSocketChannel server) {
    int count = 0;
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        channel.read(ByteBuffer.allocate(16 << 10));
        String body = ANSWERS.get(count++ % ANSWERS.size());
        String answer =
            "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
        channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
      } catch (IOException _) {
        return;
      }
    }
  }
}
