package org.posthorn.mailets.content;

import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.spool.chain.Chain;

/// The notes by which [Copy] knows what it has copied already: one is on the copy, which is another
/// mail for whoever delivers it; one on the mail that it was made of. Each is followed by the name
/// of the processor that got the copy.
public final class CopyMarks {
  private static final String COPY = "copy.";
  private static final String YES = "yes";

  private CopyMarks() {}

  static boolean isCopied(Mail mail, String processor) {
    return mail.attributes().containsKey(COPY + processor)
        || mail.attributes().containsKey(Chain.COPIED + processor);
  }

  static Mail onCopy(Mail mail, String processor) {
    return mail.withAttribute(COPY + processor, YES);
  }

  static Mail onOriginal(Mail mail, String processor) {
    return mail.withAttribute(Chain.COPIED + processor, YES);
  }

  /// Which copy of the mail it is, for a key with that in front; empty for the mail itself.
  public static String whichCopy(Mail mail) {
    return mail.attributes().keySet().stream()
        .filter(name -> name.startsWith(COPY))
        .sorted()
        .map(name -> name + " ")
        .collect(Collectors.joining());
  }

  /// For other recipients, of whose mail there is no copy yet.
  public static Mail forOthers(Mail mail) {
    Mail plain = mail;
    for (String name : mail.attributes().keySet()) {
      plain = name.startsWith(Chain.COPIED) ? plain.withoutAttribute(name) : plain;
    }
    return plain;
  }
}
