package org.posthorn.imap.session;

import java.util.Locale;
import java.util.Set;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ResponseCode;

/// The commands of a session that made no sense, and when there were too many. Confined to the
/// connection's thread.
final class Mistakes {
  /// In a row, after which the client is taken for no mail program.
  private static final int MAX = 50;

  private static final int BEFORE_LOGIN_MAX = 5;

  /// How other protocols begin. A browser that was led here must not get an answer out of us.
  private static final Set<String> OTHER_PROTOCOLS =
      Set.of(
          "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE", "PRI",
          "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "USER", "PASS", "QUIT");

  private int inARow;
  private boolean anyCommand;

  /// A command could be read.
  void understood() {
    anyCommand = true;
  }

  /// A command was answered so.
  void answered(ImapAnswer answer) {
    inARow = answer instanceof ImapAnswer.Bad ? inARow + 1 : 0;
  }

  /// Whether the client is to go. `stranger`: who has not logged in.
  boolean tooMany(boolean stranger) {
    return inARow > (stranger ? BEFORE_LOGIN_MAX : MAX);
  }

  /// The answer to what could not be read.
  ImapAnswer after(String tag, ImapSyntaxException mistake, boolean stranger) {
    inARow++;
    if (!anyCommand && OTHER_PROTOCOLS.contains(tag.toUpperCase(Locale.ROOT))) {
      return ImapAnswer.bye("This is IMAP");
    }
    return tooMany(stranger) ? farewell() : mistake.answer();
  }

  static ImapAnswer farewell() {
    return ImapAnswer.bye(ResponseCode.Plain.CLIENTBUG, "Too many mistakes");
  }
}
