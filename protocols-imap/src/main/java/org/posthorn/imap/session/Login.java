package org.posthorn.imap.session;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.posthorn.imap.command.TextOrder;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapParser;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.message.AddressText;
import org.posthorn.net.Connection;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.Service;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.login.SaslExchange;
import org.posthorn.storage.login.SaslText;
import org.posthorn.storage.share.Visitor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// LOGIN and AUTHENTICATE (RFC 3501 §6.2.2, §6.2.3). Confined to the connection's thread.
final class Login {
  private static final Logger log = LoggerFactory.getLogger(Login.class);
  private static final int SHOWN_MAX = 100;

  private final Connection connection;
  private final Services services;
  private final SessionRules rules;

  Login(Connection connection, Services services, SessionRules rules) {
    this.connection = connection;
    this.services = services;
    this.rules = rules;
  }

  /// How a try ended.
  sealed interface Outcome {
    record In(State.LoggedIn user) implements Outcome {}

    /// `guess`: it was a wrong password, or looks like one.
    record Out(ImapAnswer answer, boolean guess) implements Outcome {}
  }

  Outcome login(ImapCommand.Login command) {
    if (!Capabilities.mayLogIn(connection, rules) || !services.sasl().takesPasswords()) {
      return privacyRequired();
    }
    String user = command.user();
    return outcome(services.sasl().password(user, command.password(), peer(connection)), user);
  }

  Outcome authenticate(ImapCommand.Authenticate command, ImapParser parser)
      throws IOException, ImapSyntaxException {
    if (!Capabilities.mayLogIn(connection, rules)) {
      return privacyRequired();
    }
    Optional<SaslExchange> mechanism = services.sasl().begin(command.mechanism(), peer(connection));
    if (mechanism.isEmpty()) {
      return declined(ImapAnswer.no(ResponseCode.Plain.CANNOT, "No such mechanism here"));
    }
    Optional<byte[]> initial = Optional.empty();
    if (command.initialResponse().isPresent()) {
      initial = command.initialResponse().flatMap(SaslText::decodeInitial);
      if (initial.isEmpty()) {
        return declined(ImapAnswer.bad("The response is no Base64"));
      }
    }
    SaslExchange exchange = mechanism.get();
    SaslExchange.Step step = exchange.begin(initial);
    while (step instanceof SaslExchange.Step.Challenge(String text)) {
      connection.output().write("+ " + SaslText.encode(text) + "\r\n");
      String line = parser.authenticationLine(SaslText.LINE_MAX_BYTES + 2, rules.loginTimeout());
      if (SaslText.cancels(line)) {
        return declined(ImapAnswer.bad("Cancelled"));
      }
      Optional<byte[]> response = SaslText.decode(line);
      if (response.isEmpty()) {
        return declined(ImapAnswer.bad("The response is no Base64"));
      }
      step = exchange.respond(response.get());
    }
    return switch (step) {
      case SaslExchange.Step.Done(LoginResult result, String login) -> outcome(result, login);
      case SaslExchange.Step.Malformed(String why) -> declined(ImapAnswer.bad(why));
      case SaslExchange.Step.Challenge _ -> throw new IllegalStateException("Still asking");
    };
  }

  static Peer peer(Connection connection) {
    return new Peer(
        Service.IMAP,
        connection.remote(),
        connection.login(),
        connection::channelBinding,
        connection.clientCertificate());
  }

  private Outcome outcome(LoginResult result, String login) {
    return switch (result) {
      case LoginResult.Welcome(User user, _) -> welcome(user);
      case LoginResult.ForAnother _ -> {
        logFailure("login failed", login);
        yield new Outcome.Out(
            ImapAnswer.no(ResponseCode.Plain.AUTHORIZATIONFAILED, "Only as yourself"), true);
      }
      case LoginResult.Refused _ -> {
        logFailure("login failed", login);
        yield new Outcome.Out(
            ImapAnswer.no(ResponseCode.Plain.AUTHENTICATIONFAILED, "Wrong login or password"),
            true);
      }
      case LoginResult.Throttled(Duration retryAfter) -> {
        logFailure("login throttled", login);
        // One second is another word in each language.
        long seconds = Math.max(2, retryAfter.toSeconds());
        yield new Outcome.Out(
            ImapAnswer.no(
                ResponseCode.Plain.UNAVAILABLE,
                "Logins wait at the moment, try again in " + seconds + " seconds"),
            true);
      }
    };
  }

  private Outcome welcome(User user) {
    Optional<Account> account = services.accounts().find(user.account());
    if (account.isEmpty()) {
      log.atError()
          .addKeyValue("login", user.login())
          .addKeyValue("account", user.account())
          .log("user without account");
      return declined(
          ImapAnswer.no(ResponseCode.Plain.UNAVAILABLE, "The account is not available now"));
    }
    String login = user.login().toString();
    log.atDebug().addKeyValue("login", login).log("logged in");
    var actor = new Actor(login, "imap", connection.id());
    Visitor visitor = services.sharing().visitor(user.login(), account.get());
    return new Outcome.In(
        new State.LoggedIn(account.get(), visitor, actor, Set.of(), TextOrder.DEFAULT));
  }

  private static Outcome privacyRequired() {
    return declined(ImapAnswer.no(ResponseCode.Plain.PRIVACYREQUIRED, "Use TLS before you log in"));
  }

  private static Outcome declined(ImapAnswer answer) {
    return new Outcome.Out(answer, false);
  }

  private void logFailure(String event, String login) {
    log.atInfo()
        .addKeyValue("login", printable(login))
        .addKeyValue("remote", AddressText.of(connection.remote()))
        .log(event);
  }

  /// A client's text as it may stand in a log.
  private static String printable(String text) {
    var shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), SHOWN_MAX); i++) {
      char c = text.charAt(i);
      shown.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return shown.toString();
  }
}
