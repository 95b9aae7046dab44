package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.wire.ImapAnswer;

/// A message that is not taken, found out while it comes. Comes out of the content store as it went
/// in: then nothing is kept.
final class AppendRefused extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient ImapAnswer answer;

  AppendRefused(ImapAnswer answer) {
    super(answer.text());
    this.answer = answer;
  }

  ImapAnswer answer() {
    return answer;
  }
}
