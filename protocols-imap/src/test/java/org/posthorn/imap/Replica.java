package org.posthorn.imap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// A client that keeps a copy of the mailbox from what it is told, and fails at what a client must
/// not be told. Used by one thread.
final class Replica implements AutoCloseable {
  private static final Pattern COUNTED = Pattern.compile("\\* (\\d+) (EXISTS|RECENT|EXPUNGE)");
  private static final Pattern FETCHED = Pattern.compile("\\* (\\d+) FETCH \\((.*)\\)");
  private static final Pattern FETCHED_BY_UID = Pattern.compile("\\* (\\d+) UIDFETCH \\((.*)\\)");
  private static final Pattern VANISHED = Pattern.compile("\\* VANISHED ([\\d,:]+)");
  private static final Pattern MODIFIED = Pattern.compile("\\[MODIFIED ([\\d,:]+)]");
  private static final Pattern UID = Pattern.compile("\\bUID (\\d+)");
  private static final Pattern FLAGS = Pattern.compile("FLAGS \\(([^)]*)\\)");
  private static final Pattern MODSEQ = Pattern.compile("MODSEQ \\((\\d+)\\)");

  /// What the client has enabled, and so how it is told.
  enum Mode {
    PLAIN,
    CONDSTORE,
    QRESYNC,
    IMAP4REV2,
    UTF8_ACCEPT,
    /// Nobody says a number of a message (RFC 9586).
    UIDONLY,
    UIDONLY_QRESYNC,
    /// With NOTIFY for the selected mailbox: told at any time, so it names messages by UID only.
    NOTIFY;

    boolean tellsModSeq() {
      return this == CONDSTORE || this == QRESYNC || this == UIDONLY_QRESYNC;
    }

    boolean isUidOnly() {
      return this == UIDONLY || this == UIDONLY_QRESYNC;
    }

    boolean tellsVanished() {
      return this == QRESYNC || isUidOnly();
    }

    boolean tellsUid() {
      return tellsModSeq() || this == IMAP4REV2;
    }
  }

  /// A conditional STORE of a keyword that nobody else adds: what the client knew, and how it
  /// ended. `toldModSeq`: what it was told afterwards; 0 when the message was gone.
  record Conditional(
      long uid, String keyword, long knownModSeq, long toldModSeq, boolean modified) {}

  /// A message as far as it is known.
  static final class Known {
    long uid;
    long modSeq;
    Optional<Set<String>> flags = Optional.empty();

    /// Told in the command that runs.
    boolean toldNow;

    long toldModSeqNow;
  }

  private final Socket socket;
  private BufferedReader input;
  private OutputStream output;
  private final List<Known> messages = new ArrayList<>();
  private final List<String> transcript = new ArrayList<>();
  private final Mode mode;
  private final List<Conditional> conditionals = new ArrayList<>();
  private String commandLine = "";
  private int tags;

  /// With UIDONLY: how many there are beside those whose UIDs are known.
  private int unknown;

  Replica(int port, Mode mode) throws IOException {
    this.mode = mode;
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    input = reader(socket.getInputStream());
    output = socket.getOutputStream();
    line();
  }

  private static BufferedReader reader(InputStream bytes) {
    return new BufferedReader(new InputStreamReader(bytes, StandardCharsets.ISO_8859_1));
  }

  /// RFC 4978; while nothing is told unasked.
  void compress() throws IOException {
    command("COMPRESS DEFLATE");
    input =
        reader(
            new InflaterInputStream(socket.getInputStream(), new Inflater(true)) {
              @Override
              public int available() {
                return 0; // Not 1 whenever there may be more: who reads characters would wait.
              }
            });
    output =
        new DeflaterOutputStream(
            socket.getOutputStream(), new Deflater(Deflater.DEFAULT_COMPRESSION, true), true);
  }

  List<Known> messages() {
    return messages;
  }

  /// How many messages there are, as far as it was told.
  int count() {
    return messages.size() + unknown;
  }

  Mode mode() {
    return mode;
  }

  List<Conditional> conditionals() {
    return conditionals;
  }

  /// Adds or removes a keyword of its own if the message is as it is known.
  void storeConditionally(Known message) throws IOException {
    long known = message.modSeq;
    String keyword = "own" + mode;
    boolean has = message.flags.orElseThrow().contains(keyword);
    String flag = (has ? "-FLAGS (" : "+FLAGS (") + keyword + ")";
    message.toldModSeqNow = 0;
    String answer =
        commandLine("UID STORE " + message.uid + " (UNCHANGEDSINCE " + known + ") " + flag);
    Matcher modified = MODIFIED.matcher(answer);
    boolean refused = modified.find();
    check(!refused || modified.group(1).equals("" + message.uid), "MODIFIED of another");
    conditionals.add(new Conditional(message.uid, keyword, known, message.toldModSeqNow, refused));
  }

  String transcript() {
    return String.join("\n", transcript);
  }

  /// Runs a command to its end; the answer's first word after the tag is returned.
  String command(String command) throws IOException {
    return commandLine(command).split(" ", 3)[1];
  }

  private String commandLine(String command) throws IOException {
    commandLine = command;
    messages.forEach(message -> message.toldNow = false);
    String tag = "t" + ++tags;
    say(tag + " " + command + "\r\n");
    boolean mayRenumber =
        mode == Mode.NOTIFY
            || mode.isUidOnly()
            || (!command.startsWith("FETCH")
                && !command.startsWith("STORE")
                && !command.startsWith("SEARCH"));
    while (true) {
      String line = line();
      if (line.startsWith(tag + " ")) {
        check(!line.startsWith(tag + " BAD"), "Refused: " + command);
        return line;
      }
      hear(line, mayRenumber);
    }
  }

  /// From now on the client idles.
  void startIdling() throws IOException {
    say("t" + ++tags + " IDLE\r\n");
    for (String line = line(); !line.startsWith("+"); line = line()) {
      hear(line, true);
    }
  }

  /// While it idles: until it is told these flags of a message.
  void awaitFlags(int number, String... flags) throws IOException {
    while (!messages.get(number - 1).flags.equals(Optional.of(Set.of(flags)))) {
      hear(line(), true);
    }
  }

  void endIdling() throws IOException {
    String tag = "t" + tags;
    say("DONE\r\n");
    for (String line = line(); !line.startsWith(tag + " "); line = line()) {
      hear(line, true);
    }
  }

  /// Idles until so many things were told, or for as long as the server is silent.
  void idle(int things) throws IOException {
    startIdling();
    socket.setSoTimeout(20);
    try {
      for (int i = 0; i < things; i++) {
        hear(line(), true);
      }
    } catch (SocketTimeoutException _) {
      // Nothing more is told now.
    } finally {
      socket.setSoTimeout(20_000);
    }
    endIdling();
  }

  /// What a silent STORE was understood to do to the messages that nothing was told about.
  void applied(int from, int to, String mode, Set<String> flags) {
    for (int i = from; i <= to; i++) {
      applied(messages.get(i - 1), mode, flags);
    }
  }

  void applied(Known message, String mode, Set<String> flags) {
    if (message.toldNow || message.flags.isEmpty()) {
      return;
    }
    Set<String> now = new TreeSet<>(message.flags.get());
    switch (mode) {
      case "+FLAGS" -> now.addAll(flags);
      case "-FLAGS" -> now.removeAll(flags);
      default -> now = new TreeSet<>(flags);
    }
    message.flags = Optional.of(now);
  }

  private void hear(String line, boolean mayRenumber) {
    Matcher counted = COUNTED.matcher(line);
    Matcher fetched = FETCHED.matcher(line);
    Matcher byUid = FETCHED_BY_UID.matcher(line);
    if (counted.matches()) {
      int number = Integer.parseInt(counted.group(1));
      switch (counted.group(2)) {
        case "EXISTS" -> exists(number);
        case "EXPUNGE" -> {
          check(mayRenumber, "EXPUNGE while numbers matter");
          check(!mode.tellsVanished(), "EXPUNGE for a client that knows VANISHED");
          check(number >= 1 && number <= messages.size(), "EXPUNGE of " + number);
          messages.remove(number - 1);
        }
        default -> {
          check(mode != Mode.IMAP4REV2, "RECENT");
          check(number <= count(), "RECENT above EXISTS");
        }
      }
    } else if (line.startsWith("* VANISHED")) {
      check(mode.tellsVanished() && mayRenumber, "VANISHED");
      Matcher vanished = VANISHED.matcher(line);
      check(vanished.matches(), "No set of UIDs: " + line);
      vanished(vanished.group(1));
    } else if (fetched.matches()) {
      int number = Integer.parseInt(fetched.group(1));
      check(!mode.isUidOnly(), "FETCH by number");
      check(number >= 1 && number <= messages.size(), "FETCH of " + number);
      fetched(messages.get(number - 1), fetched.group(2));
    } else if (byUid.matches()) {
      check(mode.isUidOnly(), "UIDFETCH");
      fetched(byUid(Long.parseLong(byUid.group(1))), byUid.group(2));
    } else {
      check(line.startsWith("* "), "Neither tagged nor untagged: " + line);
    }
  }

  /// A UID that is not known is that of one of the messages at its place whose UIDs were never
  /// told.
  private void vanished(String set) {
    for (String range : set.split(",", -1)) {
      String[] ends = range.split(":", -1);
      long last = Long.parseLong(ends[ends.length - 1]);
      for (long uid = Long.parseLong(ends[0]); uid <= last; uid++) {
        long gone = uid;
        boolean known = messages.removeIf(message -> message.uid == gone);
        if (!known && mode.isUidOnly()) {
          check(unknown > 0, "VANISHED of " + gone);
          unknown--;
        } else if (!known) {
          int place = 0;
          while (place < messages.size() && messages.get(place).uid < uid) {
            place++;
          }
          check(place > 0 && messages.get(place - 1).uid == 0, "VANISHED of " + gone);
          messages.remove(place - 1);
        }
      }
    }
  }

  private void exists(int count) {
    check(count >= count(), "EXISTS goes down without EXPUNGE");
    if (mode.isUidOnly()) {
      unknown = count - messages.size();
      return;
    }
    while (messages.size() < count) {
      messages.add(new Known());
    }
  }

  private Known byUid(long uid) {
    int place = 0;
    while (place < messages.size() && messages.get(place).uid < uid) {
      place++;
    }
    if (place == messages.size() || messages.get(place).uid != uid) {
      check(unknown > 0, "UIDFETCH of " + uid);
      unknown--;
      var message = new Known();
      message.uid = uid;
      messages.add(place, message);
    }
    return messages.get(place);
  }

  private void fetched(Known message, String data) {
    Matcher uid = UID.matcher(data);
    if (uid.find()) {
      long told = Long.parseLong(uid.group(1));
      check(message.uid == 0 || message.uid == told, "UID of " + told + " changed");
      message.uid = told;
    }
    Matcher flags = FLAGS.matcher(data);
    if (flags.find()) {
      Set<String> told = new TreeSet<>(Arrays.asList(flags.group(1).split(" ", -1)));
      told.removeAll(Set.of("\\Recent", ""));
      message.flags = Optional.of(told);
      message.toldNow = true;
    }
    boolean asked = commandLine.contains("FETCH");
    if (flags.reset().find() && !asked) {
      check(
          mode.isUidOnly() || !mode.tellsUid() || data.contains("UID "),
          "Told unasked without UID: " + data);
      check(!mode.tellsModSeq() || data.contains("MODSEQ "), "Told without MODSEQ: " + data);
      check(mode != Mode.IMAP4REV2 || !data.contains("Recent"), "Recent: " + data);
    }
    Matcher modSeq = MODSEQ.matcher(data);
    if (modSeq.find()) {
      long told = Long.parseLong(modSeq.group(1));
      check(told >= message.modSeq, "MODSEQ of " + message.uid + " goes down");
      message.modSeq = told;
      message.toldModSeqNow = told;
    }
  }

  /// UIDs ascend, as far as they are known.
  void checkOrder() {
    long last = 0;
    Set<Long> seen = new HashSet<>();
    for (Known message : messages) {
      if (message.uid > 0) {
        check(message.uid > last && seen.add(message.uid), "UIDs out of order");
        last = message.uid;
      }
    }
  }

  private void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + "\n" + transcript());
    }
  }

  private String line() throws IOException {
    String line = input.readLine();
    if (line == null) {
      throw new AssertionError("The server hung up\n" + transcript());
    }
    transcript.add("S: " + line);
    return line;
  }

  private void say(String text) throws IOException {
    transcript.add("C: " + text.strip());
    output.write(text.getBytes(StandardCharsets.ISO_8859_1));
    output.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
