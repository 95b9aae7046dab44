package org.posthorn.app.transfer.imap;

import java.util.List;
import java.util.Locale;

/// What a server says of a mailbox when it is opened (RFC 9051 §6.3.2, RFC 7162 §3.1.2). A `modSeq`
/// of 0: the server does not keep mod-sequences of it. Used by one thread.
final class Opened {
  private long exists;
  private boolean isTold;
  private long uidValidity;
  private long modSeq;

  long exists() {
    return exists;
  }

  /// Whether the server says that there is no message; silence says nothing.
  boolean isEmpty() {
    return isTold && exists == 0;
  }

  long uidValidity() {
    return uidValidity;
  }

  long modSeq() {
    return modSeq;
  }

  void take(List<Object> response) {
    if (response.size() > 2 && ImapResponses.is(response.get(2), "EXISTS")) {
      exists = ImapResponses.number(response.get(1));
      isTold = true;
    } else if (response.size() > 2 && ImapResponses.is(response.get(1), "OK")) {
      String text = String.valueOf(response.get(2)).toUpperCase(Locale.ROOT);
      uidValidity = code(text, "[UIDVALIDITY ", uidValidity);
      modSeq = code(text, "[HIGHESTMODSEQ ", modSeq);
    }
  }

  private static long code(String text, String code, long otherwise) {
    int end = text.indexOf(']');
    return text.startsWith(code) && end > 0
        ? ImapResponses.number(text.substring(code.length(), end).strip())
        : otherwise;
  }
}
