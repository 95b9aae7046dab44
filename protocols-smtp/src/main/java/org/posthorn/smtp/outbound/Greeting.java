package org.posthorn.smtp.outbound;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.AddressText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a connection begins: greeting, EHLO, TLS, login. Safe for use by many threads.
final class Greeting {
  private static final Logger log = LoggerFactory.getLogger(Greeting.class);

  /// How long the next server may wait for us to part with one that did not want us.
  private static final Duration GOODBYE = Duration.ofSeconds(2);

  private final OutboundConfig.Timeouts timeouts;
  private final Map<String, OutboundConfig.Login> logins;
  private final boolean verifySmarthosts;
  private final TlsClient tls;

  Greeting(OutboundConfig config, TlsClient tls) {
    this.tls = tls;
    this.timeouts = config.timeouts();
    this.logins = config.credentials();
    this.verifySmarthosts = config.trust().verifySmarthosts();
  }

  MailHost smarthost(Smarthost named) {
    return MailHost.ofSmarthost(named, verifySmarthosts);
  }

  MailHost routed(NextHop.Host host) {
    return MailHost.ofRoute(host, verifySmarthosts);
  }

  /// A connection that is ready for mail. Throws [Trouble] if the server cannot be reached or does
  /// not want us.
  SmtpClient open(Endpoint endpoint, TlsWatch watch) throws Trouble {
    MailHost host = endpoint.host();
    try {
      return attempt(endpoint, host.tls() != Smarthost.Tls.NONE || host.proof().isNeeded(), watch);
    } catch (TlsFailed failed) {
      watch.failed(endpoint, failed.result, String.valueOf(failed.getMessage()));
      if (mustEncrypt(host)) {
        warn(host, "TLS failed: " + failed.getMessage());
        throw noTls(endpoint, "4.7.5", "TLS failed: " + failed.getMessage(), failed.passes);
      }
      log.atInfo()
          .addKeyValue("host", endpoint.remote())
          .addKeyValue("reason", failed.getMessage())
          .log("outbound-tls-failed");
    }
    try {
      return attempt(endpoint, false, TlsWatch.none());
    } catch (TlsFailed impossible) {
      throw Trouble.deferred("4.7.5", endpoint.remote(), "TLS failed: " + impossible.getMessage());
    }
  }

  /// What the sender wants and cannot be had goes back at once (RFC 8689 §4.2.1), unless that
  /// `passes`.
  private static Trouble noTls(Endpoint endpoint, String status, String what, boolean passes) {
    Proof proof = endpoint.host().proof();
    String text = proof.isNeeded() ? what + "; " + proof.why() : what;
    if (proof.isForSender() && !passes) {
      return Trouble.failed("5.7.10", endpoint.remote(), endpoint.remote() + ": " + text);
    }
    Trouble trouble = Trouble.deferred(status, endpoint.remote(), text);
    // Other mail may do without what this sender wants; that of a domain is asked for the same.
    boolean isForAll = endpoint.host().anywhere() ? !proof.isForSender() : !passes;
    return isForAll ? trouble.atTheDoor() : trouble;
  }

  private SmtpClient attempt(Endpoint endpoint, boolean useTls, TlsWatch watch)
      throws Trouble, TlsFailed {
    RemoteLine line = connect(endpoint);
    watch.connected(line.own());
    try {
      Extensions extensions = begin(line, endpoint, useTls, watch);
      return new SmtpClient(
          endpoint, line, extensions, endpoint.host().proof().isNeeded(), timeouts);
    } catch (IOException lost) {
      line.close();
      throw Trouble.deferred("4.4.2", line.lost(named(endpoint), lost))
          .over(line.tls(endpoint.host().proof()));
    } catch (TlsFailed failed) {
      line.close();
      throw failed;
    } catch (Trouble refused) {
      String protection = line.tls(endpoint.host().proof());
      line.quit(GOODBYE);
      throw refused.over(protection);
    } catch (RuntimeException | Error ours) {
      line.close();
      throw ours;
    }
  }

  private RemoteLine connect(Endpoint endpoint) throws Trouble {
    try {
      return RemoteLine.open(
          endpoint.socketAddress(),
          endpoint.manner().sourceFor(endpoint.address()),
          timeouts.connect(),
          timeouts.connection());
    } catch (RemoteLine.NoSuchSource ours) {
      log.atWarn()
          .addKeyValue("host", endpoint.remote())
          .addKeyValue("reason", reason(ours))
          .log("source-address-unusable");
      throw unreached(endpoint, ours).untried();
    } catch (IOException unreachable) {
      throw unreached(endpoint, unreachable);
    }
  }

  private static Trouble unreached(Endpoint endpoint, IOException why) {
    return Trouble.deferred(
        "4.4.1", "Could not connect to " + named(endpoint) + ": " + reason(why));
  }

  private Extensions begin(RemoteLine line, Endpoint endpoint, boolean useTls, TlsWatch watch)
      throws IOException, Trouble, TlsFailed {
    MailHost host = endpoint.host();
    boolean encrypted = host.tls() == Smarthost.Tls.IMPLICIT;
    if (encrypted) {
      var _ = startTls(line, host);
    }
    require(endpoint, line.reply(timeouts.command()));
    Extensions extensions = hello(line, endpoint);
    if (useTls && !encrypted && extensions.has("STARTTLS")) {
      extensions = encrypt(line, endpoint, watch);
      encrypted = true;
    }
    if (!encrypted && useTls) {
      watch.failed(
          endpoint, TlsOutcomes.Result.STARTTLS_NOT_SUPPORTED, "It does not offer STARTTLS");
    }
    if (!encrypted && mustEncrypt(host)) {
      warn(host, "It does not offer STARTTLS");
      throw noTls(
          endpoint, "4.7.4", endpoint.remote() + " does not offer STARTTLS", /* passes= */ false);
    }
    if (host.credentials().isPresent()) {
      logIn(line, endpoint, extensions, host.credentials().get());
    }
    return extensions;
  }

  /// What the server says to EHLO under TLS. By TLS 1.3 a client hears only behind the handshake
  /// that the server does not want it, as when that asks for a certificate; and some hang up at
  /// STARTTLS itself. Who may go in plain text as well does so then.
  private Extensions encrypt(RemoteLine line, Endpoint endpoint, TlsWatch watch)
      throws IOException, Trouble, TlsFailed {
    MailHost host = endpoint.host();
    line.at(Stage.STARTTLS);
    try {
      Reply go = line.exchange("STARTTLS", timeouts.command());
      if (!go.isPositive()) {
        throw new TlsFailed(
            go.text(), TlsOutcomes.Result.VALIDATION_FAILURE, /* passes= */ !go.isPermanent());
      }
      SSLSession session = startTls(line, host);
      Extensions extensions;
      try {
        extensions = hello(line, endpoint);
      } catch (Trouble refused) {
        watch.secured(endpoint, tls, session);
        throw refused;
      }
      watch.secured(endpoint, tls, session);
      return extensions;
    } catch (IOException lost) {
      if (mustEncrypt(host) && !(lost instanceof SSLException)) {
        throw lost;
      }
      throw new TlsFailed(
          line.lost(endpoint.remote(), lost), TlsWatch.resultOf(lost), isLost(lost));
    }
  }

  /// A login never goes over the line in plain text, unless the operator has said `NONE`.
  private static boolean mustEncrypt(MailHost host) {
    return switch (host.tls()) {
      case STARTTLS, IMPLICIT -> true;
      case OPPORTUNISTIC -> host.credentials().isPresent() || host.proof().isNeeded();
      case NONE -> host.proof().isNeeded();
    };
  }

  private SSLSession startTls(RemoteLine line, MailHost host) throws TlsFailed {
    try {
      return line.startTls(tls, host.name(), host.proof(), timeouts.command());
    } catch (IOException | IllegalArgumentException failed) {
      throw new TlsFailed(TlsClient.reason(failed), TlsWatch.resultOf(failed), isLost(failed));
    }
  }

  /// Whether the line was lost over it, which says nothing of what the server can do.
  private static boolean isLost(Exception failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketException
          || cause instanceof SocketTimeoutException
          || cause instanceof EOFException) {
        return true;
      }
    }
    return false;
  }

  private Extensions hello(RemoteLine line, Endpoint endpoint) throws IOException, Trouble {
    line.at(Stage.EHLO);
    String helloName = endpoint.manner().helloName();
    String greeting = endpoint.host().lmtp() ? "LHLO " : "EHLO ";
    Reply ehlo = line.exchange(greeting + helloName, timeouts.command());
    if (ehlo.isPositive()) {
      return Extensions.in(ehlo);
    }
    if (!ehlo.isPermanent() || endpoint.host().lmtp()) {
      throw refused(endpoint, ehlo);
    }
    // A server from before 1995, or one that hides what it can (RFC 5321 §3.2).
    require(endpoint, line.exchange("HELO " + helloName, timeouts.command()));
    return Extensions.NONE;
  }

  private static void require(Endpoint endpoint, Reply reply) throws Trouble {
    if (!reply.isPositive()) {
      throw refused(endpoint, reply);
    }
  }

  /// Before it has heard of any mail, or of a login: it does not count as one that let us in.
  private static Trouble refused(Endpoint endpoint, Reply reply) {
    if (reply.isPermanent() && endpoint.host().anywhere()) {
      warn(endpoint.host(), reply.text());
      return Trouble.unwelcome(endpoint, reply).atTheDoor();
    }
    Trouble trouble = Trouble.replied(endpoint.remote(), reply);
    return endpoint.host().credentials().isPresent() && !reply.isClosing()
        ? trouble.atTheDoor()
        : trouble;
  }

  /// What goes wrong with a login is for our operator to mend: the mail waits.
  private void logIn(RemoteLine line, Endpoint endpoint, Extensions extensions, String name)
      throws IOException, Trouble {
    OutboundConfig.Login login = logins.get(name);
    if (login == null) {
      throw Trouble.deferred("4.3.5", "The configuration has no credentials '" + name + "'")
          .atTheDoor();
    }
    line.at(Stage.LOGIN);
    Set<String> mechanisms = extensions.loginMechanisms();
    Reply reply;
    if (mechanisms.contains("PLAIN")) {
      reply = line.exchange("AUTH PLAIN " + plain(login), timeouts.command());
    } else if (mechanisms.contains("LOGIN")) {
      reply = line.exchange("AUTH LOGIN", timeouts.command());
      if (reply.code() == 334) {
        reply = line.exchange(base64(login.login()), timeouts.command());
      }
      if (reply.code() == 334) {
        reply = line.exchange(base64(login.password()), timeouts.command());
      }
    } else {
      warn(endpoint.host(), "It offers neither AUTH PLAIN nor LOGIN");
      throw Trouble.deferred(
              "4.7.4",
              endpoint.remote(),
              endpoint.remote() + " offers neither AUTH PLAIN nor LOGIN")
          .atTheDoor();
    }
    if (reply.code() != 235) {
      String said = without(login, reply.text());
      log.atWarn()
          .addKeyValue("host", endpoint.remote())
          .addKeyValue("credentials", name)
          .addKeyValue("reply", said)
          .log("smarthost-login-failed");
      throw Trouble.deferred(
              reply.code() / 100 == 4 ? reply.status() : Trouble.LOGIN_REFUSED,
              endpoint.remote(),
              reply.isClosing() ? said : "Login failed: " + said)
          .atTheDoor();
    }
  }

  /// Some servers repeat the line that they do not understand; the sender of the mail may read it.
  private static String without(OutboundConfig.Login login, String reply) {
    String told = reply;
    for (String secret : List.of(plain(login), base64(login.password()), login.password())) {
      told = secret.isEmpty() ? told : told.replace(secret, "***");
    }
    return told;
  }

  private static String plain(OutboundConfig.Login login) {
    return base64("\0" + login.login() + "\0" + login.password());
  }

  /// Of a server that the operator named, so it is for the operator to mend; unless only the sender
  /// asks for what it cannot do.
  static void warn(MailHost host, String why) {
    if (host.anywhere() && !host.proof().isForSender()) {
      log.atWarn()
          .addKeyValue("host", host.name())
          .addKeyValue("port", host.port())
          .addKeyValue("reason", why)
          .log("smarthost-unusable");
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String named(Endpoint endpoint) {
    return endpoint.host().isSocket()
        ? endpoint.host().name()
        : endpoint.remote()
            + " ["
            + AddressText.of(endpoint.address())
            + "]:"
            + endpoint.host().port();
  }

  static String reason(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
  }

  /// TLS is not to be had; the connection is of no more use.
  private static final class TlsFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final TlsOutcomes.Result result;

    /// It may be otherwise with the next try.
    private final boolean passes;

    private TlsFailed(String message, TlsOutcomes.Result result, boolean passes) {
      super(message, null, false, false);
      this.result = result;
      this.passes = passes;
    }
  }
}
