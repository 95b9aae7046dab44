package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Keeping;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.User;
import tools.jackson.databind.json.JsonMapper;

/// A server as `posthorn start --json` runs it, in which time goes by fast: history has had its
/// time after a second, and whoever looks for what has is always on the way. So trimming is under
/// way at every moment at which this program may be killed.
final class HastyServer {
  private static final Domain DOMAIN = Domain.parse("example.org").orElseThrow();
  private static final Keeping KEEPING =
      new Keeping(Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO);
  private static final int USERS_MAX = 100;

  private HastyServer() {}

  /// The data directory, then settings.
  @SuppressWarnings("SystemOut") // what it prints is its result
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> settings = Arrays.asList(arguments).subList(1, arguments.length);
    try (PosthornServer server =
        PosthornServer.start(Path.of(arguments[0]), new ConfigSource(Optional.empty(), settings))) {
      System.out.println(JsonMapper.builder().build().writeValueAsString(server.listeners()));
      Thread.ofVirtual().name("haste").start(() -> trim(server.composition()));
      server.awaitStop();
    }
  }

  private static void trim(Composition rooms) {
    Directory directory = rooms.room(Directory.class);
    Accounts accounts = rooms.room(Accounts.class);
    try {
      while (true) {
        for (User user : users(directory)) {
          var _ = accounts.upkeep(user.account(), KEEPING, () -> true);
        }
        Thread.sleep(Duration.ofMillis(20));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<User> users(Directory directory) {
    try {
      return directory.users().page(DOMAIN, "", USERS_MAX);
    } catch (DirectoryException.NoSuchDomain _) {
      return List.of();
    }
  }
}
