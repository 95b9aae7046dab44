package org.posthorn.mailet;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Takes new mail from a mailet: a reply, a copy, a report.
@FunctionalInterface
public interface Submission {
  /// Durable when it returns. `onBehalfOf` and `purpose` make it happen once: the same pair again
  /// does nothing and returns the id of the first time, so a step that is repeated after a crash
  /// sends no second mail. Throws `IllegalArgumentException` when `onBehalfOf` is no mail that the
  /// server has in its hands.
  MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message);
}
