package org.posthorn.mailet;

import java.util.List;

/// Chooses the recipients that a step is for. Must be safe for use by many threads.
@FunctionalInterface
public interface Matcher {
  /// A part of `mail.recipients()`: all, some or none; whoever is not in it skips the step.
  List<Recipient> match(Mail mail);
}
