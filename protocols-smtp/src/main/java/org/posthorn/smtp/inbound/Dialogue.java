package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM_FULL;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.AddressText;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpParser;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.smtp.wire.SmtpSyntaxException;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// What is heard and said on a connection: commands in, replies out, and no more of either, nor of
/// the client's time, than the limits allow. Confined to the connection's thread.
final class Dialogue {
  /// The client sends something, and nobody can say what.
  static final SmtpReply LOST =
      SmtpReply.of(421, SECURITY, "Cannot tell your commands from your data");

  /// Hears what is said to a client that nobody has asked for.
  interface Watch {
    /// A line was refused that is no command.
    void unread(UnreadLine line, SmtpReply reply);

    /// The connection ends, whatever the client wanted to say; `handedOver`: it has had a message
    /// taken.
    void hungUp(SmtpReply reply, boolean handedOver);
  }

  private static final Logger log = LoggerFactory.getLogger(Dialogue.class);

  private final Connection connection;
  private final InboundLimits limits;
  private long endNanos;
  private byte[] line = new byte[0];
  private int messages;
  private int errors;
  private int commands;
  private boolean ended;
  private @Nullable Watch watch;

  /// The last one that is in the log.
  private @Nullable SmtpReply logged;

  /// `logins`: whether lines may be as long as a login.
  Dialogue(Connection connection, InboundLimits limits, boolean logins) {
    this.connection = connection;
    this.limits = limits;
    this.endNanos = System.nanoTime() + limits.sessionMax().toNanos();
    hearsLogins(logins);
  }

  /// From now on.
  void watch(Watch by) {
    watch = by;
  }

  /// The next command; empty when there was none in the line, and the client has been told.
  Optional<SmtpCommand> next() throws IOException {
    if (errors >= limits.errorsMax() || commands >= limits.commandsMax()) {
      say(SmtpReply.of(421, SECURITY, "This leads nowhere"));
      return Optional.empty();
    }
    beforeCommand();
    int length = line.length;
    try {
      connection.awaitCommand();
      length = readLine();
      return Optional.of(SmtpParser.parse(line, length));
    } catch (SmtpSyntaxException e) {
      refuse(e, length);
      return Optional.empty();
    }
  }

  /// Its length; more than `line` has when it is too long.
  private int readLine() throws IOException {
    try {
      return connection.input().readLine(line, LineEnd.CRLF);
    } catch (LineTooLong _) {
      return line.length + 1;
    }
  }

  /// Whether the client says something though it is our turn; what is said is heard later.
  boolean hearsMoreWithin(Duration time) throws IOException {
    connection.readTimeout(time);
    try {
      connection.input().peek();
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  private void refuse(SmtpSyntaxException e, int length) throws IOException {
    if (watch != null) {
      watch.unread(UnreadLine.of(line, length), e.reply());
    }
    say(e.reply());
    if (e.isLost()) {
      say(LOST);
    }
  }

  void say(SmtpReply reply) throws IOException {
    say(List.of(reply));
  }

  /// The answer to one command, which is one error at most: LMTP says it for each recipient.
  void say(List<SmtpReply> replies) throws IOException {
    for (SmtpReply reply : replies) {
      connection.output().write(reply.format());
      ended |= reply.isLast();
      if (reply.code() == 421 && watch != null && !reply.equals(logged)) {
        watch.hungUp(reply, messages > 0);
      }
    }
    errors += replies.stream().anyMatch(reply -> reply.code() >= 500) ? 1 : 0;
  }

  /// Counts a command that leads nowhere by itself. Recipients that are taken have a limit of their
  /// own, and chunks that have bytes are part of a message.
  void count() {
    commands++;
  }

  boolean isEnded() {
    return ended;
  }

  /// No more is heard.
  void end() {
    ended = true;
  }

  /// No more is heard after so long a time.
  void endWithin(Duration time) {
    endNanos = Math.min(endNanos, System.nanoTime() + time.toNanos());
  }

  /// Whether somebody may log in from now on.
  void hearsLogins(boolean logins) {
    int length = logins ? SmtpParser.LOGIN_LINE_MAX : SmtpParser.LINE_MAX;
    if (line.length != length) {
      line = new byte[length];
    }
  }

  /// A client that hands over messages may go on.
  void messageAccepted() {
    messages++;
    errors = 0;
    commands = 0;
  }

  boolean hasEnough() {
    return messages >= limits.messagesMax();
  }

  void beforeCommand() throws IOException {
    patience(limits.commandTimeout());
  }

  void beforeText() throws IOException {
    patience(limits.dataTimeout());
  }

  private void patience(Duration most) throws IOException {
    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
    if (left.toMillis() <= 0) {
      throw new SocketTimeoutException("The session took too long");
    }
    connection.readTimeout(left.compareTo(most) < 0 ? left : most);
  }

  /// Our bug, or the disk's: the client may come again and hears no more than that.
  SmtpReply troubled(RuntimeException e) {
    if (e instanceof StorageUnavailable unavailable && unavailable.isFull()) {
      // Why that is so was logged when it began.
      return logged(
          SmtpReply.of(452, SYSTEM_FULL, "No room left here, try again later"), "no room left");
    }
    log.atError()
        .setCause(e)
        .log(e instanceof StorageUnavailable ? "storage unavailable" : "command failed");
    return SmtpReply.of(451, SYSTEM, "Trouble here, try again later (" + connection.id() + ")");
  }

  /// The line of the log by which an operator finds out why mail did not come.
  LoggingEventBuilder refused(SmtpReply reply) {
    logged = reply;
    return line().addKeyValue("reply", reply.format().strip());
  }

  /// A line of the log about this client.
  LoggingEventBuilder line() {
    return log.atInfo().addKeyValue("remote", AddressText.of(connection.remote()));
  }

  SmtpReply logged(SmtpReply refusal, String what) {
    refused(refusal).log(what);
    return refusal;
  }

  static SmtpReply outOfSequence(String text) {
    return SmtpReply.of(503, INVALID_COMMAND, text);
  }
}
