package org.posthorn.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Speaks as much IMAP as a load needs. Used by one thread.
final class ImapClient implements AutoCloseable {
  private final Wire wire;
  private int commands;

  private ImapClient(Wire wire) {
    this.wire = wire;
  }

  static ImapClient open(Target target) throws IOException {
    var client = new ImapClient(target.imap());
    client.wire.line();
    return client;
  }

  void login(String user, String password) throws IOException {
    command("LOGIN " + quoted(user) + " " + quoted(password));
  }

  /// Sends a command and reads to its end; what came untagged, literals left out. Anything but OK
  /// is an `IOException`.
  List<String> command(String text) throws IOException {
    String tag = begin(text);
    return finish(tag, text);
  }

  /// The same, for what a server may refuse; whether it said OK.
  boolean attempt(String text) throws IOException {
    String tag = begin(text);
    return untagged(tag, new ArrayList<>()).startsWith(tag + " OK");
  }

  void append(String mailbox, byte[] message) throws IOException {
    String text = "APPEND " + quoted(mailbox) + " {" + message.length + "}";
    String tag = begin(text);
    expectGoAhead();
    wire.send(message).send("\r\n");
    finish(tag, text);
  }

  /// Several with one command (RFC 3502).
  void append(String mailbox, List<byte[]> messages) throws IOException {
    String text = "APPEND " + quoted(mailbox) + " {" + messages.getFirst().length + "}";
    String tag = begin(text);
    for (int i = 0; i < messages.size(); i++) {
      if (i > 0) {
        wire.send(" {" + messages.get(i).length + "}\r\n");
      }
      expectGoAhead();
      wire.send(messages.get(i));
    }
    wire.send("\r\n");
    finish(tag, text);
  }

  /// Whether the server announces it.
  boolean offers(String capability) throws IOException {
    return command("CAPABILITY").stream()
        .anyMatch(line -> Arrays.asList(line.split(" ", -1)).contains(capability));
  }

  /// How many messages a mailbox has.
  int messages(String mailbox) throws IOException {
    for (String line : command("STATUS " + quoted(mailbox) + " (MESSAGES)")) {
      int at = line.indexOf("MESSAGES ");
      if (at > 0) {
        return Integer.parseInt(line.substring(at + 9).replaceAll("\\D.*", ""));
      }
    }
    throw new IOException("STATUS came back without a number");
  }

  /// Selects a mailbox; how many messages it has.
  int select(String mailbox) throws IOException {
    for (String line : command("SELECT " + quoted(mailbox))) {
      if (line.endsWith(" EXISTS")) {
        return Integer.parseInt(line.split(" ", -1)[1]);
      }
    }
    throw new IOException("SELECT came back without EXISTS");
  }

  String startIdling() throws IOException {
    String tag = begin("IDLE");
    expectGoAhead();
    return tag;
  }

  /// The next untagged line; blocks until there is one.
  String news() throws IOException {
    return wire.line();
  }

  void stopIdling(String tag) throws IOException {
    wire.send("DONE\r\n");
    finish(tag, "IDLE");
  }

  /// Says good-bye and does not wait for an answer; an IDLE ends with it.
  @Override
  public void close() throws IOException {
    try (wire) {
      wire.send("DONE\r\nbye LOGOUT\r\n").flush();
    }
  }

  private String begin(String text) throws IOException {
    commands++;
    String tag = "b" + commands;
    wire.send(tag + " " + text + "\r\n");
    return tag;
  }

  private void expectGoAhead() throws IOException {
    String line = wire.line();
    while (line.startsWith("* ")) {
      line = wire.line();
    }
    if (!line.startsWith("+")) {
      throw new IOException("The server answered: " + line);
    }
  }

  private List<String> finish(String tag, String text) throws IOException {
    List<String> untagged = new ArrayList<>();
    String end = untagged(tag, untagged);
    if (!end.startsWith(tag + " OK")) {
      String safe = text.startsWith("LOGIN") ? "LOGIN" : text;
      throw new IOException("The server answered to " + safe + ": " + end);
    }
    return untagged;
  }

  private String untagged(String tag, List<String> untagged) throws IOException {
    while (true) {
      String line = wire.line();
      if (line.startsWith(tag + " ")) {
        return line;
      }
      int literal = literal(line);
      if (literal >= 0) {
        wire.skip(literal);
      }
      untagged.add(line);
    }
  }

  /// The length of the literal that follows the line, or -1.
  private static int literal(String line) {
    int open = line.lastIndexOf('{');
    return line.endsWith("}") && open >= 0
        ? Integer.parseInt(line.substring(open + 1, line.length() - 1))
        : -1;
  }

  private static String quoted(String text) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"");
    return "\"" + escaped + "\"";
  }
}
