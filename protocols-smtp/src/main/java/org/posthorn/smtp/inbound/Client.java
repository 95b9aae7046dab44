package org.posthorn.smtp.inbound;

import java.util.Optional;
import org.posthorn.mailet.Visitor;
import org.posthorn.net.Connection;
import org.posthorn.net.Network;
import org.posthorn.smtp.wire.ProxyWords;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.storage.directory.User;

/// Who is at the other end, as far as is known, and how far they have come. Confined to the
/// connection's thread.
final class Client {
  private final Connection connection;
  private final InboundRules rules;
  private State state = new State.Connected();
  private Optional<User> user = Optional.empty();

  /// What a proxy has said about it.
  private ProxyWords said = ProxyWords.NONE;

  Client(Connection connection, InboundRules rules) {
    this.connection = connection;
    this.rules = rules;
  }

  State state() {
    return state;
  }

  void become(State next) {
    state = next;
  }

  /// Whether a message is under way, from MAIL to the end of its text.
  boolean isInTransaction() {
    return state instanceof State.InTransaction || state instanceof State.Chunking;
  }

  /// Of the message that is under way.
  Optional<Envelope> envelope() {
    return switch (state) {
      case State.Connected _, State.Greeted _ -> Optional.empty();
      case State.InTransaction(var _, var envelope) -> Optional.of(envelope);
      case State.Chunking(var _, var envelope) -> Optional.of(envelope);
    };
  }

  /// Who has logged in.
  Optional<User> user() {
    return user;
  }

  void logIn(User who) {
    user = Optional.of(who);
  }

  /// RFC 3207 §4: as if nothing had been said yet.
  void beginAnew() {
    state = new State.Connected();
    user = Optional.empty();
  }

  /// A proxy has said more about the client for which it speaks; `login` is who that is.
  void beginAnewAs(ProxyWords more, Optional<User> login) {
    said = said.and(more);
    said.address().ifPresent(connection::speaksFor);
    state = said.helo().<State>map(this::greeted).orElseGet(State.Connected::new);
    user = login;
  }

  private State greeted(String helo) {
    return new State.Greeted(
        isLmtp()
            ? new SmtpCommand.Lhlo(helo)
            : said.extended() ? new SmtpCommand.Ehlo(helo) : new SmtpCommand.Helo(helo));
  }

  /// Whether it may be more urgent than others (RFC 6710 §4.1).
  boolean isKnown() {
    return user.isPresent()
        || isLmtp()
        || Network.contains(rules.extensions().priorityNetworks(), connection.remote());
  }

  boolean isLmtp() {
    return rules.role() == Role.LMTP;
  }

  boolean mayLogIn() {
    return rules.logins()
        && (connection.encrypted() || rules.plainTextLogins().allow(connection.remote()));
  }

  boolean tellsOfUsers() {
    return rules.extensions().verifyForUsers() && user.isPresent();
  }

  /// As gates see it.
  Visitor visitor() {
    Optional<String> helo =
        switch (state) {
          case State.Connected _ -> Optional.empty();
          case State.Greeted(var hello) -> Optional.of(hello.clientName());
          case State.InTransaction(var hello, var _) -> Optional.of(hello.clientName());
          case State.Chunking(var hello, var _) -> Optional.of(hello.clientName());
        };
    return new Visitor(
        connection.remote(),
        rules.role().port(),
        connection.id(),
        helo,
        user.map(User::login),
        connection.tls());
  }

  /// As the trace lines of a message have it.
  Visit visit(SmtpCommand.Hello hello, SmtpCommand.Mail mail) {
    return new Visit(
        connection.remote(),
        said.name(),
        hello.clientName(),
        user.map(User::login),
        isKnown(),
        protocol(hello, mail.smtpUtf8()),
        connection.tls(),
        connection.id());
  }

  /// RFC 3848 §1, RFC 6531 §4.3. STARTTLS and AUTH are extensions, whatever was said as hello.
  private String protocol(SmtpCommand.Hello hello, boolean smtpUtf8) {
    boolean extended =
        !(hello instanceof SmtpCommand.Helo) || connection.encrypted() || user.isPresent();
    String plain = isLmtp() ? "LMTP" : extended ? "ESMTP" : "SMTP";
    String base = smtpUtf8 ? "UTF8" + (isLmtp() ? "LMTP" : "SMTP") : plain;
    return base + (connection.encrypted() ? "S" : "") + (user.isPresent() ? "A" : "");
  }
}
