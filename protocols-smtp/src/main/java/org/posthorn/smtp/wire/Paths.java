package org.posthorn.smtp.wire;

import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// The grammar of paths: RFC 5321 §4.1.2 with the characters of RFC 6531 §3.3. Methods are named
/// like the rules. A path that does not fit is refused with the reply that its command has for it.
final class Paths {
  private final Cursor line;
  private final SmtpReply refusal;
  private boolean beyondAscii;

  Paths(Cursor line, SmtpReply refusal) {
    this.line = line;
    this.refusal = refusal;
  }

  /// Whether something outside ASCII was read.
  boolean isBeyondAscii() {
    return beyondAscii;
  }

  /// Empty for `<>`.
  Optional<MailAddress> reversePath() throws SmtpSyntaxException {
    return line.accept("<>") ? Optional.empty() : Optional.of(path());
  }

  /// Empty for `<Postmaster>` (RFC 5321 §4.1.1.3).
  Optional<MailAddress> forwardPath() throws SmtpSyntaxException {
    return line.accept("<postmaster>") ? Optional.empty() : Optional.of(path());
  }

  private MailAddress path() throws SmtpSyntaxException {
    expect('<');
    if (line.peek() == '@') {
      sourceRoute();
    }
    MailAddress mailbox = mailbox();
    expect('>');
    return mailbox;
  }

  /// Read and forgotten (RFC 5321 §3.3, appendix C): the mail goes to the mailbox at its end or not
  /// at all.
  private void sourceRoute() throws SmtpSyntaxException {
    do {
      expect('@');
      if (Domain.parse(noted(line.upTo(',', ':'))).isEmpty()) {
        throw refused();
      }
    } while (line.accept(','));
    expect(':');
  }

  private MailAddress mailbox() throws SmtpSyntaxException {
    return MailAddress.parse(noted(line.upToUnquoted('>'))).orElseThrow(this::refused);
  }

  private String noted(String text) {
    beyondAscii |= !Cursor.isAscii(text);
    return text;
  }

  private void expect(char c) throws SmtpSyntaxException {
    if (!line.accept(c)) {
      throw refused();
    }
  }

  private SmtpSyntaxException refused() {
    return new SmtpSyntaxException(refusal);
  }
}
