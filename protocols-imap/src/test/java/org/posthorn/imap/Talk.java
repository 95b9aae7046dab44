package org.posthorn.imap;

import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.posthorn.net.Conversation;

/// Conversations with a server of one user: each is played with whole buffers and one byte at a
/// time, on a store of its own. Flags are written with one backslash.
final class Talk {
  private static final int[] BUFFERS = {8192, 1};
  private static final Pattern FLAG = Pattern.compile("\\\\(?=[A-Z*])");
  private static final String GREETING =
      "S: ~\\* OK \\[CAPABILITY IMAP4rev1 .*] Posthorn is here\n";

  private Talk() {}

  /// From the greeting on, which the script does not have.
  static void greeted(Consumer<ImapHouse> before, String script) {
    for (int bufferBytes : BUFFERS) {
      try (var house = new ImapHouse()) {
        before.accept(house);
        play(house, bufferBytes, GREETING + script);
      }
    }
  }

  /// After the login of client 1.
  static void loggedIn(Consumer<ImapHouse> before, String script) {
    greeted(before, login("") + script);
  }

  /// After client 1 has selected INBOX.
  static void selected(Consumer<ImapHouse> before, String script) {
    loggedIn(before, select("") + script);
  }

  /// After two clients have selected INBOX, the second first.
  static void bothSelected(Consumer<ImapHouse> before, String script) {
    String second = GREETING.replace("S:", "S2:") + login("2") + select("2");
    greeted(before, second + login("") + select("") + script);
  }

  static String login(String client) {
    return """
    C#: l LOGIN ann secret
    S#: ~l OK \\[CAPABILITY .*] Logged in
    """
        .replace("#", client);
  }

  static String select(String client) {
    return """
    C#: s SELECT INBOX
    S#: ...
    S#: s OK [READ-WRITE] Selected
    """
        .replace("#", client);
  }

  static void play(ImapHouse house, int bufferBytes, String script) {
    escaped(script, text -> Conversation.play(house, bufferBytes, text));
  }

  /// Gives a script as [Conversation] reads it.
  static void escaped(String script, Consumer<String> play) {
    var escaped = new StringBuilder();
    script
        .lines()
        .forEach(line -> {
          boolean pattern = line.matches("S\\d*: ~.*");
          escaped.append(pattern ? line : FLAG.matcher(line).replaceAll("\\\\\\\\")).append('\n');
        });
    play.accept(escaped.toString());
  }
}
