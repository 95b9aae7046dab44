package org.posthorn.mailet;

import java.time.InstantSource;
import org.posthorn.message.MailAddress;

/// What the server does for plugins. Given to the factory; keep what you need in a final field.
public interface Services {
  /// Hands in a new mail, durably; it starts in the root processor.
  Submission submission();

  /// The server's own name, as in its greeting.
  String hostname();

  InstantSource clock();

  System.Logger logger(String name);

  /// Sends a note of the server's own, durably; it starts in the root processor like any mail.
  void tell(MailAddress to, String subject, String text);

  /// The server's one client of the DNS.
  Dns dns();

  /// A memory of its own for each name, such as that of the gate.
  Memory memory(String name);
}
