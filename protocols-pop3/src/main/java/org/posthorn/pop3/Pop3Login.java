package org.posthorn.pop3;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.AddressText;
import org.posthorn.message.Counted;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.pop3.Pop3Answer.Code;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.Service;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.login.SaslExchange;
import org.posthorn.storage.login.SaslText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a client becomes somebody with a maildrop: USER and PASS (RFC 1939 §7) or AUTH (RFC 5034).
/// Confined to the connection's thread.
final class Pop3Login {
  private static final Logger log = LoggerFactory.getLogger(Pop3Login.class);

  private final Connection connection;
  private final Sasl sasl;
  private final Accounts accounts;
  private final Maildrops maildrops;
  private final LoginDelay delay;
  private int failures;

  /// What became of it.
  sealed interface Result {
    record Welcome(User user, Maildrop maildrop) implements Result {}

    record Declined(Pop3Answer.Err answer) implements Result {}
  }

  Pop3Login(
      Connection connection, Sasl sasl, Accounts accounts, Maildrops maildrops, LoginDelay delay) {
    this.connection = connection;
    this.sasl = sasl;
    this.accounts = accounts;
    this.maildrops = maildrops;
    this.delay = delay;
  }

  /// How many times name or password were wrong.
  int failures() {
    return failures;
  }

  Result withPassword(String login, String password) {
    return result(sasl.password(login, password, peer()), login);
  }

  /// The mechanisms that the client may use now.
  List<String> mechanisms() {
    return sasl.offered(peer());
  }

  /// Whether USER and PASS may be used.
  boolean takesPasswords() {
    return sasl.takesPasswords();
  }

  private Peer peer() {
    return new Peer(
        Service.POP3,
        connection.remote(),
        connection.login(),
        connection::channelBinding,
        connection.clientCertificate());
  }

  private Result result(LoginResult result, String login) {
    return switch (result) {
      case LoginResult.Welcome(User user, _) -> open(user);
      case LoginResult.Refused(), LoginResult.ForAnother() -> refused(login);
      case LoginResult.Throttled(var retryAfter) -> {
        logFailure("login throttled", login);
        yield declined(
            Code.SYS_TEMP,
            "Logins wait at the moment, try again in "
                + Counted.of(retryAfter.toSeconds() + 1, "second"));
      }
    };
  }

  /// Holds the SASL exchange; the client may cancel it with `*` (RFC 5034 §4).
  Result withSasl(Pop3Command.Auth auth) throws IOException {
    Optional<SaslExchange> exchange = sasl.begin(auth.mechanism(), peer());
    if (exchange.isEmpty()) {
      return declined("Unknown mechanism");
    }
    Optional<byte[]> initial = auth.initialResponse().flatMap(SaslText::decodeInitial);
    if (auth.initialResponse().isPresent() && initial.isEmpty()) {
      return declined("Not Base64");
    }
    SaslExchange.Step step = exchange.get().begin(initial);
    while (step instanceof SaslExchange.Step.Challenge(String text)) {
      connection.output().write("+ " + SaslText.encode(text) + "\r\n");
      String line = responseLine();
      if (SaslText.cancels(line)) {
        return declined("Cancelled");
      }
      Optional<byte[]> response = SaslText.decode(line);
      if (response.isEmpty()) {
        return declined("Not Base64");
      }
      step = exchange.get().respond(response.get());
    }
    return switch (step) {
      case SaslExchange.Step.Done(LoginResult result, String login) -> result(result, login);
      case SaslExchange.Step.Malformed(String why) -> declined(why);
      case SaslExchange.Step.Challenge _ -> throw new IllegalStateException("Unfinished exchange");
    };
  }

  /// One that is too long cancels.
  private String responseLine() throws IOException {
    byte[] line = new byte[SaslText.LINE_MAX_BYTES];
    try {
      int length = connection.input().readLine(line, LineEnd.LF_TOO);
      return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    } catch (LineTooLong _) {
      return "*";
    }
  }

  private Result open(User user) {
    Optional<Account> account = accounts.find(user.account());
    if (account.isEmpty()) {
      log.atError().addKeyValue("account", user.account()).log("account of a user is missing");
      return declined(Code.SYS_PERM, "The maildrop cannot be opened (" + connection.id() + ")");
    }
    Duration wait = delay.enter(user.account());
    if (wait.isPositive()) {
      return declined(
          Code.LOGIN_DELAY,
          "You were here a moment ago, come again in "
              + Counted.of(wait.toSeconds() + 1, "second"));
    }
    return maildrops
        .open(account.get())
        .<Result>map(maildrop -> new Result.Welcome(user, maildrop))
        .orElseGet(() -> declined(Code.IN_USE, "The maildrop is open in another session"));
  }

  private Result refused(String login) {
    failures++;
    logFailure("login failed", login);
    return declined(Code.AUTH, "Wrong name or password");
  }

  private void logFailure(String event, String login) {
    log.atInfo()
        .addKeyValue("login", login)
        .addKeyValue("remote", AddressText.of(connection.remote()))
        .log(event);
  }

  private static Result declined(Code code, String text) {
    return new Result.Declined(Pop3Answer.err(code, text));
  }

  private static Result declined(String text) {
    return new Result.Declined(Pop3Answer.err(text));
  }
}
