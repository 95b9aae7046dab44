package org.posthorn.pop3;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.net.sasl.Credentials;
import org.posthorn.net.sasl.SaslExchange;
import org.posthorn.net.sasl.SaslText;
import org.posthorn.pop3.Pop3Answer.Code;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a client becomes somebody with a maildrop: USER and PASS (RFC 1939 §7) or AUTH (RFC 5034).
/// Confined to the connection's thread.
final class Pop3Login {
  private static final Logger log = LoggerFactory.getLogger(Pop3Login.class);

  private final Connection connection;
  private final Logins logins;
  private final Accounts accounts;
  private final Maildrops maildrops;
  private int failures;

  /// What became of it.
  sealed interface Result {
    record Welcome(User user, Maildrop maildrop) implements Result {}

    record Declined(Pop3Answer.Err answer) implements Result {}
  }

  Pop3Login(Connection connection, Logins logins, Accounts accounts, Maildrops maildrops) {
    this.connection = connection;
    this.logins = logins;
    this.accounts = accounts;
    this.maildrops = maildrops;
  }

  /// How many times name or password were wrong.
  int failures() {
    return failures;
  }

  Result withPassword(String login, String password) {
    return switch (logins.check(login, password, connection.remote())) {
      case LoginResult.Welcome(User user) -> open(user);
      case LoginResult.Refused() -> refused(login);
      case LoginResult.Throttled(var retryAfter) ->
          declined(
              Code.SYS_TEMP,
              "Too many wrong logins, try again in " + (retryAfter.toSeconds() + 1) + " seconds");
    };
  }

  /// Holds the SASL exchange; the client may cancel it with `*` (RFC 5034 §4).
  Result withSasl(Pop3Command.Auth auth) throws IOException {
    Optional<SaslExchange> exchange = SaslExchange.of(auth.mechanism());
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
      case SaslExchange.Step.Done(Credentials credentials) -> withCredentials(credentials);
      case SaslExchange.Step.Malformed(String why) -> declined(why);
      case SaslExchange.Step.Challenge _ -> throw new IllegalStateException("Unfinished exchange");
    };
  }

  private Result withCredentials(Credentials credentials) {
    if (credentials.forAnother()) {
      return refused(credentials.login());
    }
    return withPassword(credentials.login(), credentials.password());
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
    return maildrops
        .open(account.get())
        .<Result>map(maildrop -> new Result.Welcome(user, maildrop))
        .orElseGet(() -> declined(Code.IN_USE, "The maildrop is open in another session"));
  }

  private Result refused(String login) {
    failures++;
    log.atInfo()
        .addKeyValue("login", login)
        .addKeyValue("remote", connection.remote().getHostAddress())
        .log("login failed");
    return declined(Code.AUTH, "Wrong name or password");
  }

  private static Result declined(Code code, String text) {
    return new Result.Declined(Pop3Answer.err(code, text));
  }

  private static Result declined(String text) {
    return new Result.Declined(Pop3Answer.err(text));
  }
}
