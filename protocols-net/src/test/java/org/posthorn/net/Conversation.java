package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Plays a conversation against a real listener on loopback and compares every line. Used by one
/// thread.
///
/// ```
/// C: HELO client.example          the client sends this and CRLF; several in a row go together
/// C- MAIL FROM:\r                 the client sends this and nothing more
/// S: 250 hello                    the server says exactly this and CRLF
/// S: ~250 [a-z]+ (?<id>\d+)       ... something that matches; groups with names are remembered
/// C: FETCH ${id}                  ... and can be said
/// S: ...                          any lines, up to one that matches the next S
/// C2: NOOP                        a second client, which connects when it is first mentioned
/// -- tls                          the client begins TLS (`-- tls 2`: the second client)
/// -- deflate                      the client compresses from here on; `-- plain`: no more
/// -- closed                       the server closes the connection
/// -- end                          the client sends no more (half-close)
/// -- close                        the client closes the connection
/// # a remark
/// ```
///
/// In all of them `\r \n \t \0 \\ \s \xHH` stand for one byte. When the script is over each client
/// half-closes, and the server must say nothing more and close.
public final class Conversation {
  private static final Pattern LINE =
      Pattern.compile("(?<who>[CS])(?<number>\\d*)(?<kind>[:-]) ?(?<text>.*)");
  private static final Pattern DIRECTIVE =
      Pattern.compile("-- (?<verb>tls|deflate|plain|closed|close|end)(?: (?<number>\\d+))?");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(?<name>\\w+)}");
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int AFTERTHOUGHT_MILLIS = 200;

  private final ConnectionHandler handler;
  private final int bufferBytes;
  private final Map<String, String> variables = new HashMap<>();
  private final Map<Integer, ScriptClient> clients = new TreeMap<>();
  private final List<String> expected = new ArrayList<>();
  private final List<String> actual = new ArrayList<>();

  private Conversation(ConnectionHandler handler, int bufferBytes) {
    this.handler = handler;
    this.bufferBytes = bufferBytes;
  }

  /// Plays the script with the server's buffers at this size: 8192 as in life, 1 to see that it
  /// does not matter where the network cuts the bytes.
  public static void play(ConnectionHandler handler, int bufferBytes, String script) {
    new Conversation(handler, bufferBytes).play(script.lines().toList());
  }

  private void play(List<String> script) {
    try (var listener =
        Listener.open(
            ListenerConfig.defaults(), handler, Optional.of(TestTls.server()), bufferBytes)) {
      try {
        for (int i = 0; i < script.size(); ) {
          i = step(script, i, listener.port());
        }
        for (var client : clients.entrySet()) {
          client.getValue().endOutput();
          hearTheEnd(client.getKey(), client.getValue());
        }
      } finally {
        for (ScriptClient client : clients.values()) {
          client.close();
        }
        listener.close(Duration.ofMillis(PATIENCE_MILLIS));
      }
    } catch (IOException e) {
      throw new AssertionError("After\n" + String.join("\n", actual), e);
    }
  }

  /// Plays one line, or several that belong together, and returns the index of the next.
  private int step(List<String> script, int index, int port) throws IOException {
    String line = script.get(index);
    if (line.isBlank() || line.startsWith("#")) {
      return index + 1;
    }
    Matcher directive = DIRECTIVE.matcher(line);
    if (directive.matches()) {
      direct(directive.group("verb"), number(directive.group("number")), line, port);
      return index + 1;
    }
    Matcher spoken = LINE.matcher(line);
    if (!spoken.matches()) {
      throw new IllegalArgumentException("Not a line of a conversation: " + line);
    }
    int number = number(spoken.group("number"));
    if (spoken.group("who").equals("S")) {
      boolean anything = spoken.group("text").equals("...");
      int at = anything ? index + 1 : index;
      if (at == script.size()) {
        hearAnything(client(number, port));
      } else {
        hear(script.get(at), anything, port);
      }
      return at + 1;
    }
    var together = new StringBuilder();
    int next = index;
    for (; next < script.size(); next++) {
      Matcher more = LINE.matcher(script.get(next));
      if (!more.matches()
          || !more.group("who").equals("C")
          || number(more.group("number")) != number) {
        break;
      }
      both(script.get(next));
      together.append(filledIn(more.group("text")));
      together.append(more.group("kind").equals(":") ? "\\r\\n" : "");
    }
    client(number, port).say(Escapes.bytes(together.toString()));
    return next;
  }

  private void direct(String verb, int number, String line, int port) throws IOException {
    both(line);
    ScriptClient client = client(number, port);
    switch (verb) {
      case "tls" -> client.startTls();
      case "deflate" -> client.startDeflate();
      case "plain" -> client.endDeflate();
      case "end" -> client.endOutput();
      case "close" -> {
        client.close();
        clients.remove(number);
      }
      case "closed" -> {
        hearTheEnd(number, client);
        client.close();
        clients.remove(number);
      }
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void hear(String wanted, boolean skipOthers, int port) throws IOException {
    Matcher spoken = LINE.matcher(wanted);
    if (!spoken.matches() || !spoken.group("who").equals("S")) {
      throw new IllegalArgumentException("After S: ... there must be a line of the server");
    }
    int number = number(spoken.group("number"));
    ScriptClient client = client(number, port);
    String prefix = "S" + (number == 1 ? "" : number) + ": ";
    while (true) {
      String heard;
      try {
        heard = client.hear(PATIENCE_MILLIS);
      } catch (EOFException _) {
        throw different(wanted, "-- closed", client, prefix);
      } catch (SocketTimeoutException _) {
        throw different(wanted, "(silence)", client, prefix);
      }
      if (matches(filledIn(spoken.group("text")), heard)) {
        both(prefix + heard);
        return;
      }
      if (!skipOthers) {
        throw different(wanted, prefix + heard, client, prefix);
      }
      both(prefix + heard);
    }
  }

  private static void hearAnything(ScriptClient client) throws IOException {
    client.endOutput();
    try {
      while (true) {
        client.hear(PATIENCE_MILLIS);
      }
    } catch (EOFException _) {
      // That was all.
    }
  }

  private void hearTheEnd(int number, ScriptClient client) throws IOException {
    String prefix = "S" + (number == 1 ? "" : number) + ": ";
    try {
      throw different("-- closed", prefix + client.hear(PATIENCE_MILLIS), client, prefix);
    } catch (EOFException _) {
      // As it must be.
    } catch (SocketTimeoutException _) {
      throw different("-- closed", "(silence)", client, prefix);
    }
  }

  private boolean matches(String wanted, String heard) {
    if (!wanted.startsWith("~")) {
      return Escapes.text(Escapes.bytes(wanted)).equals(heard);
    }
    Pattern pattern = Pattern.compile(wanted.substring(1));
    Matcher matcher = pattern.matcher(heard);
    boolean matches = matcher.matches();
    if (matches) {
      pattern.namedGroups().keySet().forEach(name -> variables.put(name, matcher.group(name)));
    }
    return matches;
  }

  /// Fails, with what else the server has to say, for it often explains.
  private AssertionError different(
      String wanted, String heard, ScriptClient client, String prefix) {
    expected.add(wanted);
    actual.add(heard);
    try {
      while (actual.size() < 1000) {
        actual.add(prefix + client.hear(AFTERTHOUGHT_MILLIS));
      }
    } catch (IOException _) {
      // Said all.
    }
    assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
    return new AssertionError("Expected " + wanted + " but got " + heard);
  }

  private void both(String line) {
    expected.add(line);
    actual.add(line);
  }

  private String filledIn(String text) {
    return VARIABLE
        .matcher(text)
        .replaceAll(found ->
            Matcher.quoteReplacement(variables.getOrDefault(found.group("name"), found.group())));
  }

  private ScriptClient client(int number, int port) throws IOException {
    ScriptClient present = clients.get(number);
    if (present == null) {
      present = new ScriptClient(port);
      clients.put(number, present);
    }
    return present;
  }

  private static int number(@Nullable String digits) {
    return digits == null || digits.isEmpty() ? 1 : Integer.parseInt(digits);
  }
}
