package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.CREDENTIALS;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.LOGIN_LINE_TOO_LONG;
import static org.posthorn.smtp.wire.EnhancedStatus.OTHER;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.SYNTAX;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.AddressText;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.smtp.wire.Patience;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.Service;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.login.SaslExchange;
import org.posthorn.storage.login.SaslExchange.Step;
import org.posthorn.storage.login.SaslText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// AUTH (RFC 4954 §4): leads the exchange and asks whether the password is right. Confined to the
/// connection's thread.
final class Login {
  private static final Logger log = LoggerFactory.getLogger(Login.class);

  private static final SmtpReply WRONG =
      SmtpReply.of(535, CREDENTIALS, "Login or password is wrong");
  private static final SmtpReply NOT_BASE64 = SmtpReply.of(501, SYNTAX, "Response is not Base64");

  /// What became of an AUTH. `failed` counts towards the limit.
  record Answer(SmtpReply reply, Optional<User> user, boolean failed) {
    static Answer declined(SmtpReply reply) {
      return new Answer(reply, Optional.empty(), false);
    }
  }

  private final Connection connection;
  private final Patience patience;
  private final InboundLimits limits;
  private final Sasl sasl;

  Login(Connection connection, Patience patience, InboundLimits limits, Sasl sasl) {
    this.connection = connection;
    this.patience = patience;
    this.limits = limits;
    this.sasl = sasl;
  }

  /// The mechanisms that the client may use now.
  List<String> mechanisms() {
    return sasl.offered(peer());
  }

  private Peer peer() {
    return new Peer(
        Service.SMTP,
        connection.remote(),
        connection.login(),
        connection::channelBinding,
        connection.clientCertificate());
  }

  Answer attempt(SmtpCommand.Auth auth) throws IOException {
    Optional<SaslExchange> exchange = sasl.begin(auth.mechanism(), peer());
    if (exchange.isEmpty()) {
      return Answer.declined(SmtpReply.of(504, INVALID_ARGUMENTS, "Mechanism not known here"));
    }
    Optional<byte[]> initial = auth.initialResponse().flatMap(SaslText::decodeInitial);
    if (auth.initialResponse().isPresent() && initial.isEmpty()) {
      return Answer.declined(NOT_BASE64);
    }
    return exchange(exchange.get(), initial);
  }

  private Answer exchange(SaslExchange exchange, Optional<byte[]> initial) throws IOException {
    Step step = exchange.begin(initial);
    while (step instanceof Step.Challenge(String text)) {
      connection.output().write(SmtpReply.plain(334, SaslText.encode(text)).format());
      Optional<String> line = response();
      if (line.isEmpty()) {
        return Answer.declined(SmtpReply.of(500, LOGIN_LINE_TOO_LONG, "Response is too long"));
      }
      if (SaslText.cancels(line.get())) {
        return Answer.declined(SmtpReply.of(501, OTHER, "Login given up"));
      }
      Optional<byte[]> response = SaslText.decode(line.get());
      if (response.isEmpty()) {
        return Answer.declined(NOT_BASE64);
      }
      step = exchange.respond(response.get());
    }
    return switch (step) {
      case Step.Challenge _ -> throw new IllegalStateException("Challenge without an answer");
      case Step.Malformed(String why) -> Answer.declined(SmtpReply.of(501, SYNTAX, why));
      case Step.Done(LoginResult result, String login) -> answer(result, login);
    };
  }

  /// Empty when it is too long.
  private Optional<String> response() throws IOException {
    byte[] line = new byte[SaslText.LINE_MAX_BYTES];
    patience.beforeWaiting();
    try {
      int length = connection.input().readLine(line, LineEnd.CRLF);
      return Optional.of(new String(line, 0, length, StandardCharsets.ISO_8859_1));
    } catch (LineTooLong _) {
      return Optional.empty();
    }
  }

  private Answer answer(LoginResult result, String login) throws IOException {
    return switch (result) {
      case LoginResult.Welcome(User user, _) ->
          new Answer(SmtpReply.of(235, SECURITY, "Welcome"), Optional.of(user), false);
      case LoginResult.Refused _, LoginResult.ForAnother _ -> failed("login failed", login, WRONG);
      case LoginResult.Throttled _ ->
          failed(
              "login throttled",
              login,
              SmtpReply.of(454, SECURITY, "Logins wait at the moment, try again soon"));
    };
  }

  private Answer failed(String event, String login, SmtpReply reply) throws IOException {
    log.atInfo()
        .addKeyValue("login", escaped(login))
        .addKeyValue("remote", AddressText.of(connection.remote()))
        .log(event);
    pause();
    return new Answer(reply, Optional.empty(), true);
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(limits.loginFailureDelay());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(e.getMessage());
    }
  }

  /// Clients choose it: it must not look like other lines of the log.
  private static String escaped(String login) {
    var text = new StringBuilder();
    login
        .codePoints()
        .limit(100)
        .map(c -> Character.isISOControl(c) || Character.isWhitespace(c) ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
