package org.posthorn.smtp.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.MailAddress;

/// Every command this server understands. The whole protocol is on this page.
///
/// Adding a command: add a record here, a case in [SmtpParser], and the compiler points at the
/// switch in `SmtpSession` that must answer it.
public sealed interface SmtpCommand {
  /// What opens a session: it names the client and forgets a transaction that was begun.
  sealed interface Hello extends SmtpCommand {
    String clientName();
  }

  /// RFC 5321 §4.1.1.1.
  record Helo(String clientName) implements Hello {}

  /// RFC 5321 §4.1.1.1.
  record Ehlo(String clientName) implements Hello {}

  /// RFC 2033 §4.1: EHLO's place in LMTP.
  record Lhlo(String clientName) implements Hello {}

  /// RFC 5321 §4.1.1.2. No sender is the null reverse-path of a bounce. `sizeBytes` as declared
  /// (RFC 1870 §5), `smtpUtf8` (RFC 6531 §3.4), `returnFull` and `envelopeId` are RET and ENVID,
  /// decoded (RFC 3461 §4.3, §4.4); `parameters` are all of them, as the client wrote them.
  record Mail(
      Optional<MailAddress> sender,
      OptionalLong sizeBytes,
      Body body,
      boolean smtpUtf8,
      Optional<Boolean> returnFull,
      Optional<String> envelopeId,
      Asked asked,
      List<String> parameters)
      implements SmtpCommand {
    public Mail {
      parameters = List.copyOf(parameters);
    }

    public Mail(
        Optional<MailAddress> sender,
        OptionalLong sizeBytes,
        Body body,
        boolean smtpUtf8,
        Optional<Boolean> returnFull,
        Optional<String> envelopeId) {
      this(sender, sizeBytes, body, smtpUtf8, returnFull, envelopeId, Asked.NOTHING, List.of());
    }
  }

  /// What kind of text a client announces with BODY.
  enum Body {
    SEVEN_BIT,
    /// RFC 1652 §3.
    EIGHT_BIT,
    /// RFC 3030 §3: any bytes, and BDAT brings them.
    BINARY
  }

  /// What MAIL asks for less often: REQUIRETLS (RFC 8689), MT-PRIORITY (RFC 6710), HOLDFOR or
  /// HOLDUNTIL (RFC 4865) and BY (RFC 2852).
  record Asked(
      boolean requireTls,
      OptionalInt priority,
      Optional<Hold> hold,
      Optional<DeliverBy> deliverBy) {
    public static final Asked NOTHING =
        new Asked(false, OptionalInt.empty(), Optional.empty(), Optional.empty());
  }

  /// When the mail is to set out.
  sealed interface Hold {
    record For(Duration time) implements Hold {}

    record Until(Instant time) implements Hold {}
  }

  /// Within `time`, or it is `returned`, or else the sender is told; `traced`: each relay too.
  record DeliverBy(Duration time, boolean returned, boolean traced) {}

  /// Postfix's XCLIENT: a proxy in front of us says who the client is, in [ProxyWords].
  record Xclient(String words) implements SmtpCommand {}

  /// RFC 5321 §4.1.1.3. No recipient is `<Postmaster>`, who needs no domain. `beyondAscii`: what
  /// only a transaction with SMTPUTF8 may have. The rest are ORCPT, decoded, with its address type,
  /// and NOTIFY (RFC 3461 §4.2, §4.1).
  record Rcpt(
      Optional<MailAddress> recipient,
      boolean beyondAscii,
      Optional<String> originalRecipient,
      Set<Notify> notifications)
      implements SmtpCommand {}

  /// RFC 5321 §4.1.1.4.
  record Data() implements SmtpCommand {}

  /// RFC 3030 §2; the bytes follow.
  record Bdat(long sizeBytes, boolean last) implements SmtpCommand {}

  /// RFC 4468 §3: the text of a URL in the place of a chunk; empty when the line names none as it
  /// should, which is refused as a chunk is and not as a line.
  record Burl(Optional<String> url, boolean last) implements SmtpCommand {
    /// Without what gives access.
    @Override
    public String toString() {
      return "Burl[" + last + "]";
    }
  }

  /// RFC 5321 §4.1.1.5.
  record Rset() implements SmtpCommand {}

  /// RFC 5321 §4.1.1.6. `smtpUtf8`: the answer may have what is not ASCII (RFC 6531 §3.7.4.2).
  record Vrfy(String name, boolean smtpUtf8) implements SmtpCommand {}

  /// RFC 5321 §4.1.1.7.
  record Expn(String name, boolean smtpUtf8) implements SmtpCommand {}

  /// RFC 5321 §4.1.1.8.
  record Help() implements SmtpCommand {}

  /// RFC 5321 §4.1.1.9.
  record Noop() implements SmtpCommand {}

  /// RFC 5321 §4.1.1.10.
  record Quit() implements SmtpCommand {}

  /// RFC 3207 §4.
  record StartTls() implements SmtpCommand {}

  /// RFC 4954 §4; `initialResponse` as it stands on the line: base64, or `=` for an empty one.
  record Auth(String mechanism, Optional<String> initialResponse) implements SmtpCommand {
    /// Without the secret.
    @Override
    public String toString() {
      return "Auth[" + mechanism + "]";
    }
  }

  /// A browser, led here by a web page: who talks HTTP is never listened to further.
  record Http() implements SmtpCommand {}
}
