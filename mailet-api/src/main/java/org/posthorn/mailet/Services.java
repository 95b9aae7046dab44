package org.posthorn.mailet;

import java.time.InstantSource;
import org.posthorn.message.MailAddress;

/// What the server does for plugins. Given to the factory; keep what you need in a final field.
/// Everything here is safe for use by many threads, and good for as long as the server runs.
///
/// In tests, `TestServices` of `posthorn-mailet-test` stands in for it: nothing leaves the test,
/// time stands still until the test lets it pass, and what was done is there to look at.
public interface Services {
  /// So many notices may be told one because of the other, see [#tell].
  int NOTICES_MAX = 3;

  /// Hands in a new mail, durably; it starts in the root processor.
  Submission submission();

  /// The server's own name, as in its greeting.
  String hostname();

  /// The time of day. Tests let it pass as they like, so ask it and not the JDK.
  InstantSource clock();

  /// A logger for `name`, mostly that of a class. Its lines go to the server's log, at the level
  /// that the configuration says for the name. No secrets and no text of messages, please.
  System.Logger logger(String name);

  /// Sends a note of the server's own, durably; it starts in the root processor like any mail. Each
  /// call sends one: where a repeated step must not send two, use [#submission]. Needs no mail on
  /// whose behalf it is, so it is also for what happens by the clock. `text` may have line breaks
  /// of either kind; what is not ASCII in `subject` is replaced.
  ///
  /// A notice comes through the chain, also to the step that sent it: pass by what has `local` as
  /// [Origin#protocol]. A mailet or matcher that tells something because of a notice, that was told
  /// because of a notice, and so on [#NOTICES_MAX] times, gets an `IllegalStateException`, and the
  /// notice that it looks at goes to the dead letters at once. So does whoever writes to one
  /// address more than a thousand times in an hour, from whatever thread; there the mail is tried
  /// again later.
  void tell(MailAddress to, String subject, String text);

  /// The server's one client of the DNS.
  Dns dns();

  /// The web, within bounds.
  Http http();

  /// Who is at home on this server.
  Directory directory();

  /// What is kept for a while and may be lost: a memory of its own for each name, such as that of
  /// the gate. Names as for a [#store].
  Memory memory(String name);

  /// What is kept for good: a store of its own for each name. Names are `vendor.thing`, of at most
  /// 100 lower-case letters, digits, dots and dashes; two mailets that give the same name share a
  /// store. Throws `IllegalArgumentException` for what is no name.
  Store store(String name);

  /// Figures that the operator sees.
  Metrics metrics();
}
