package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;

/// What was done and cannot be told now.
final class LateNewsTest {
  @Test
  void whatWasStoredIsOkAndToldLater() throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var client = client(house, listener)) {
      house.unreadableAfterChange();
      assertThat(client.command("STORE 1 +FLAGS (\\Flagged)").status()).startsWith("OK");
      house.engine().readable(true);
      assertThat(client.command("NOOP").fetched())
          .extracting(items -> items.get("FLAGS"))
          .containsExactly(List.of("\\Flagged", "\\Recent"));
    }
  }

  @Test
  void whatWasLeftAloneIsNamedAlsoThen() throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var client = client(house, listener)) {
      assertThat(client.command("STORE 1 +FLAGS (\\Seen)").ok()).isTrue();
      String modSeq = "(UNCHANGEDSINCE 3)";
      house.unreadableAfterChange();
      assertThat(client.command("STORE 1:2 " + modSeq + " +FLAGS (\\Flagged)").status())
          .startsWith("OK [MODIFIED 1]");
      house.engine().readable(true);
      assertThat(client.command("NOOP").fetched())
          .extracting(items -> items.get("UID"))
          .containsExactly("2");
    }
  }

  /// Without the mod-sequence up to which all is told: it is not.
  @Test
  void whatWasExpungedIsOkAndToldLater() throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var client = client(house, listener)) {
      assertThat(client.command("STORE 2 +FLAGS (\\Deleted)").ok()).isTrue();
      house.unreadableAfterChange();
      assertThat(client.command("EXPUNGE").status()).startsWith("OK").doesNotContain("MODSEQ");
      house.engine().readable(true);
      assertThat(client.command("NOOP").untagged()).contains("VANISHED 2");
    }
  }

  private static RawClient client(ImapHouse house, Listener listener) throws IOException {
    house.letter("one");
    house.letter("two");
    var client = new RawClient(listener.port());
    assertThat(client.command("LOGIN ann secret").ok()).isTrue();
    assertThat(client.command("ENABLE QRESYNC").ok()).isTrue();
    assertThat(client.command("SELECT INBOX").ok()).isTrue();
    return client;
  }

  /// In mailboxes of others what is unseen is not known without a look at all messages.
  @Test
  void whoWatchesAMailboxForWhichThereIsNoMemoryIsToldSo() throws Exception {
    try (var house = new ShareHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var bob = new Socket(InetAddress.getLoopbackAddress(), listener.port());
        var lines =
            new BufferedReader(
                new InputStreamReader(bob.getInputStream(), StandardCharsets.US_ASCII))) {
      bob.setSoTimeout(30_000);
      house.share("ann", "Archive", "bob", "lrs");
      house.letter("ann", "Archive", "one");
      for (String command :
          List.of(
              "a LOGIN bob secret",
              "b ENABLE CONDSTORE",
              "c NOTIFY SET (SUBTREE \"Other Users\" (MessageNew MessageExpunge FlagChange))")) {
        say(bob, command);
        assertThat(await(lines, command.substring(0, 2))).contains(" OK");
      }
      house.shortOfMemory(true);
      house.letter("ann", "Archive", "two");
      assertThat(await(lines, "*")).startsWith("* OK [NOTIFICATIONOVERFLOW]");
      say(bob, "d NOOP");
      assertThat(await(lines, "d ")).startsWith("d OK");
    }
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
  }

  private static String await(BufferedReader lines, String start) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith(start)) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }
}
