package org.posthorn.smtp.outbound;

import org.posthorn.message.report.KnownRefusal;

/// How far a connection has come: where it is lost says what has become of the mail.
enum Stage {
  GREETING("at the greeting"),
  EHLO("at EHLO"),
  STARTTLS("at STARTTLS"),
  LOGIN("at the login"),
  MAIL("at MAIL"),
  RCPT("at RCPT"),
  DATA("at DATA"),
  TEXT("in the text"),
  /// Its end is on the way: nobody knows whether the server has taken it.
  END("after the end of the text, so " + KnownRefusal.MAY_HAVE_ARRIVED);

  private final String words;

  Stage(String words) {
    this.words = words;
  }

  /// That the connection to `server` was lost here.
  String lost(String server, Exception why) {
    return "Lost the connection to " + server + " " + words + ": " + Greeting.reason(why);
  }

  /// That the server's reply here is neither a yes nor a no.
  String outOfTurn(Reply reply) {
    return "It answered out of turn " + words + ": " + reply.text();
  }
}
