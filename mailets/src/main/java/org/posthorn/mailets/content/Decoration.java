package org.posthorn.mailets.content;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;

/// What several mailets do to a message beside other things.
public final class Decoration {
  private Decoration() {}

  /// With a tag in front of the subject, once: see [SubjectPrefix].
  public static Mail tagged(Mail mail, String tag) {
    return of(new SubjectPrefix(tag).service(mail), mail);
  }

  /// With a text below the body, where that is possible: see [AddFooter].
  public static Mail footed(Mail mail, String text) {
    return of(new AddFooter(FooterText.of(text, Optional.empty())).service(mail), mail);
  }

  private static Mail of(Outcome outcome, Mail otherwise) {
    return outcome instanceof Outcome.Continue(Mail changed) ? changed : otherwise;
  }
}
