package org.posthorn.spool;

/// On whose account a mail counts, when many want to go at once: whoever has logged in; strangers
/// by their address; all reports together.
record Sender(Kind kind, String name) {
  /// These take turns, however many mails there are of each.
  enum Kind {
    PEOPLE,
    STRANGERS,
    REPORTS
  }

  static Sender of(Custody mail) {
    return mail.arrival()
        .login()
        .map(login -> new Sender(Kind.PEOPLE, login.toString()))
        .or(() -> mail.sender().map(from -> new Sender(Kind.STRANGERS, from.toString())))
        .orElseGet(() -> new Sender(Kind.REPORTS, ""));
  }
}
