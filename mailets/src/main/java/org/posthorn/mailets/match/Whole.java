package org.posthorn.mailets.match;

import java.util.List;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;

/// A matcher that looks at the mail and not at its recipients: all or none.
record Whole(Predicate<Mail> test) {
  static Matcher matcher(Predicate<Mail> test) {
    return mail -> test.test(mail) ? mail.recipients() : List.of();
  }
}
