package org.posthorn.pop3;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.posthorn.message.Counted;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.net.WireOutput;
import org.posthorn.pop3.Pop3Answer.Code;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.directory.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// One client's conversation (RFC 1939). Confined to the connection's thread.
final class Pop3Session {
  private static final Logger log = LoggerFactory.getLogger(Pop3Session.class);

  /// Commands that made no sense, after which the client is taken for no mail program.
  private static final int MISTAKES_MAX = 30;

  private static final int MISTAKES_BEFORE_LOGIN_MAX = 5;

  private final Connection connection;
  private final Pop3Config config;
  private final Pop3Login login;
  private final long loginDeadlineNanos;
  private final byte[] line = new byte[Pop3Parser.LINE_MAX_BYTES];
  private State state = new State.Authorization(Optional.empty());
  private boolean utf8;
  private int mistakes;

  /// RFC 1939 §3.
  private sealed interface State {
    /// `name` is what USER said.
    record Authorization(Optional<String> name) implements State {}

    /// STLS was answered; TLS begins when the answer is out.
    record StartingTls() implements State {}

    record Transaction(User user, Maildrop maildrop) implements State {}

    record Ended() implements State {}
  }

  Pop3Session(Connection connection, Pop3Config config, Pop3Login login) {
    this.connection = connection;
    this.config = config;
    this.login = login;
    this.loginDeadlineNanos = System.nanoTime() + config.loginTimeout().toNanos();
  }

  /// Serves the client until it goes or must go. Only QUIT deletes messages (RFC 1939 §6).
  void run() throws IOException {
    connection.output().write("+OK Posthorn POP3 server ready\r\n");
    try {
      while (!(state instanceof State.Ended)) {
        serveOne();
      }
    } catch (SocketTimeoutException _) {
      // RFC 1939 §3: no update and no answer.
      log.atDebug().log("client was silent for too long");
    } finally {
      leaveMaildrop();
    }
  }

  private void serveOne() throws IOException {
    connection.readTimeout(waitingLimit());
    send(answer());
    if (state instanceof State.StartingTls) {
      connection.startTls();
      state = new State.Authorization(Optional.empty());
    }
  }

  private Duration waitingLimit() throws SocketTimeoutException {
    if (state instanceof State.Transaction) {
      return config.idleTimeout();
    }
    Duration left = Duration.ofNanos(loginDeadlineNanos - System.nanoTime());
    if (left.toMillis() <= 0) {
      throw new SocketTimeoutException("No login in time");
    }
    return left;
  }

  private Pop3Answer answer() throws IOException {
    try {
      connection.awaitCommand();
      int length = connection.input().readLine(line, LineEnd.LF_TOO);
      Pop3Command command = Pop3Parser.parse(line, length);
      log.atDebug().addKeyValue("command", command).log("command");
      return carryOut(command);
    } catch (LineTooLong _) {
      return mistake("Line is too long");
    } catch (Pop3SyntaxException e) {
      return mistake(e.toldToClient());
    }
  }

  /// Whatever goes wrong below becomes an answer here.
  private Pop3Answer carryOut(Pop3Command command) throws IOException {
    try {
      return switch (command) {
        case Pop3Command.AnyState c -> inAnyState(c);
        case Pop3Command.Authorization c
            when state instanceof State.Authorization(Optional<String> name) ->
            authorization(c, name);
        case Pop3Command.Authorization _ -> mistake("You have logged in already");
        case Pop3Command.Transaction c
            when state instanceof State.Transaction(_, Maildrop maildrop) ->
            new MaildropCommands(maildrop, utf8).carryOut(c);
        case Pop3Command.Transaction _ -> mistake("Log in first");
      };
    } catch (MailboxException e) {
      return refused(e);
    } catch (ContentDamaged | RuntimeException e) {
      return failed(command, e);
    }
  }

  private Pop3Answer inAnyState(Pop3Command.AnyState command) {
    return switch (command) {
      case Pop3Command.Capa _ -> capabilities();
      case Pop3Command.Quit _ -> quit();
      case Pop3Command.Lang(Optional<String> range) -> language(range);
    };
  }

  private Pop3Answer authorization(Pop3Command.Authorization command, Optional<String> name)
      throws IOException {
    return switch (command) {
      case Pop3Command.User _, Pop3Command.Pass _, Pop3Command.Auth _ when !passwordsAllowed() ->
          mistake("Passwords are taken over TLS only: use STLS first");
      case Pop3Command.User _, Pop3Command.Pass _ when !login.takesPasswords() ->
          mistake("Use AUTH");
      case Pop3Command.User c -> {
        state = new State.Authorization(Optional.of(c.name()));
        yield ok("Send your password");
      }
      case Pop3Command.Pass _ when name.isEmpty() -> mistake("Send USER first");
      case Pop3Command.Pass c -> after(login.withPassword(name.orElseThrow(), c.password()));
      case Pop3Command.Auth c -> after(login.withSasl(c));
      case Pop3Command.AuthList _ -> mechanisms();
      case Pop3Command.Stls _ -> stls();
      case Pop3Command.Utf8 _ -> {
        utf8 = true;
        yield ok("UTF-8 it is");
      }
    };
  }

  /// RFC 2595 §4. After UTF8 it is too late (RFC 6856 §2.1).
  private Pop3Answer stls() {
    if (!connection.tlsAvailable()) {
      return mistake(connection.encrypted() ? "TLS is on already" : "There is no TLS here");
    }
    if (utf8) {
      return mistake("Not after UTF8");
    }
    state = new State.StartingTls();
    return ok("Begin TLS");
  }

  private Pop3Answer after(Pop3Login.Result result) {
    return switch (result) {
      case Pop3Login.Result.Welcome(User user, Maildrop maildrop) -> {
        state = new State.Transaction(user, maildrop);
        mistakes = 0;
        log.atDebug().addKeyValue("login", user.login()).log("logged in");
        yield ok(MaildropCommands.summary(maildrop));
      }
      case Pop3Login.Result.Declined(Pop3Answer.Err answer) -> {
        state =
            login.failures() >= config.loginFailuresMax()
                ? new State.Ended()
                : new State.Authorization(Optional.empty());
        yield answer;
      }
    };
  }

  /// RFC 6856 §3.2: there is English, which a range names by itself or by `*`.
  private static Pop3Answer language(Optional<String> range) {
    if (range.isEmpty()) {
      return lines("Languages follow", List.of("en English"));
    }
    return range.get().equals("*") || range.get().equalsIgnoreCase("en")
        ? ok("en English it is")
        : Pop3Answer.err("There is only English here: LANG en");
  }

  /// For how long messages that are left here stay (RFC 2449 §6.7): who may log in is not known
  /// before, so the shortest time is said that could be set.
  private String expire() {
    if (!(state instanceof State.Transaction(_, Maildrop maildrop))) {
      return "EXPIRE 1 USER";
    }
    OptionalInt days = maildrop.retentionDays();
    return "EXPIRE " + (days.isPresent() ? days.getAsInt() : "NEVER");
  }

  /// RFC 2449 §5, §6.
  private Pop3Answer capabilities() {
    boolean passwords = passwordsAllowed();
    var lines = new ArrayList<String>();
    lines.add("TOP");
    if (passwords && login.takesPasswords()) {
      lines.add("USER");
    }
    if (passwords) {
      lines.add("SASL " + String.join(" ", login.mechanisms()));
    }
    if (connection.tlsAvailable() && state instanceof State.Authorization) {
      lines.add("STLS");
    }
    lines.addAll(
        List.of(
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "PIPELINING",
            expire(),
            "UIDL",
            "LANG",
            "UTF8 USER",
            "IMPLEMENTATION Posthorn"));
    if (config.loginDelay().isPositive()) {
      lines.add("LOGIN-DELAY " + config.loginDelay().toSeconds());
    }
    return lines("Capabilities follow", lines);
  }

  private Pop3Answer mechanisms() {
    return lines("Mechanisms follow", login.mechanisms());
  }

  private static Pop3Answer lines(String text, List<String> lines) {
    return new Pop3Answer.Multiline(
        text,
        output -> {
          for (String each : lines) {
            output.write(each + "\r\n");
          }
        });
  }

  /// The maildrop is free for the next session before the client hears the answer.
  private Pop3Answer quit() {
    State last = state;
    state = new State.Ended();
    if (!(last instanceof State.Transaction(User user, Maildrop maildrop))) {
      return ok("Goodbye");
    }
    try (maildrop) {
      var actor = new Actor(user.login().toString(), "pop3", connection.id());
      int removed = maildrop.removeDeleted(actor);
      log.atDebug().addKeyValue("removed", removed).log("session over");
      return ok("Goodbye, %d %s deleted".formatted(removed, Counted.noun(removed, "message")));
    }
  }

  private void leaveMaildrop() {
    if (state instanceof State.Transaction(_, Maildrop maildrop)) {
      maildrop.close();
    }
  }

  private boolean passwordsAllowed() {
    return config.plainTextLogins().allowedOn(connection);
  }

  private Pop3Answer mistake(String text) {
    mistakes++;
    int max = state instanceof State.Transaction ? MISTAKES_MAX : MISTAKES_BEFORE_LOGIN_MAX;
    if (mistakes <= max) {
      return Pop3Answer.err(text);
    }
    leaveMaildrop();
    state = new State.Ended();
    return Pop3Answer.err("Too many mistakes, goodbye");
  }

  /// The only place where refusals of the store become answers.
  private static Pop3Answer refused(MailboxException refusal) {
    return switch (refusal) {
      case MailboxException.AccountGone _ ->
          Pop3Answer.err(Code.SYS_PERM, "The account was deleted");
      case MailboxException.NotFound _ -> Pop3Answer.err(Code.SYS_PERM, "There is no INBOX");
      case MailboxException.AlreadyExists _,
          MailboxException.NotPermitted _,
          MailboxException.Forbidden _,
          MailboxException.OverQuota _,
          MailboxException.LimitReached _,
          MailboxException.HistoryTrimmed _ ->
          Pop3Answer.err(Code.SYS_PERM, "The maildrop refuses that");
    };
  }

  private Pop3Answer failed(Pop3Command command, Exception cause) {
    LoggingEventBuilder line = log.atError().addKeyValue("command", command);
    if (cause instanceof StorageUnavailable trouble && trouble.isFull()) {
      // Where it was met was logged when it began.
      line.addKeyValue("why", trouble.getMessage()).log("storage unavailable");
      return Pop3Answer.err(
          Code.SYS_TEMP, "The server has no room left: nothing was changed, try again later");
    }
    line.setCause(cause)
        .log(cause instanceof StorageUnavailable ? "storage unavailable" : "command failed");
    return Pop3Answer.err(Code.SYS_TEMP, "Something went wrong (" + connection.id() + ")");
  }

  /// What fails when the client was already promised a message can only end the connection.
  private void send(Pop3Answer answer) throws IOException {
    WireOutput output = connection.output();
    try {
      answer.writeTo(output);
    } catch (ContentDamaged | RuntimeException e) {
      log.atError().setCause(e).log("message cut off");
      connection.close();
      throw new IOException("A message was cut off", e);
    }
  }

  private static Pop3Answer ok(String text) {
    return new Pop3Answer.Ok(text);
  }
}
