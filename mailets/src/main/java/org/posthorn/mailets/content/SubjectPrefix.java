package org.posthorn.mailets.content;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.EncodedWord;

/// Puts a tag in front of the subject, once: a subject that has it already, also behind marks of
/// answers such as `Re:`, `AW:`, `Fwd:`, stays as it is. A message without a subject gets the tag
/// as its subject.
///
/// ```yaml
/// - match: RecipientIs(team@example.org)
///   mailet: SubjectPrefix
///   prefix: "[team]"
/// ```
final class SubjectPrefix implements Mailet {
  /// The marks that mail programs put in front: at most four characters, perhaps with a count.
  private static final Pattern MARK =
      Pattern.compile("\\G\\s*\\p{L}{1,4}(?:\\[\\d{1,3}]|\\(\\d{1,3}\\)|\\d{1,3})?\\s?[:\uff1a]");

  private static final int MARKS_MAX = 20;

  private final String prefix;

  SubjectPrefix(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public Outcome service(Mail mail) {
    String subject = Fields.first(mail.message(), "Subject").orElse("");
    if (hasPrefix(EncodedWord.decode(subject))) {
      return new Outcome.Continue(mail);
    }
    return new Outcome.Continue(
        mail.withMessage(
            Fields.replaced(mail.message(), "Subject", (prefix + " " + subject).strip())));
  }

  private boolean hasPrefix(String subject) {
    Matcher mark = MARK.matcher(subject);
    int at = 0;
    for (int marks = 0; marks <= MARKS_MAX; marks++) {
      String rest = subject.substring(at).stripLeading();
      if (rest.regionMatches(true, 0, prefix, 0, prefix.length())) {
        return true;
      }
      if (!mark.find()) {
        return false;
      }
      at = mark.end();
    }
    return false;
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The tag; a space follows it.", example = "\"[team]\"") String prefix) {
    Settings {
      prefix = prefix.strip();
      Fields.check("parameter 'prefix' makes", "Subject", prefix);
      if (prefix.isEmpty()) {
        throw new ParameterException("parameter 'prefix' is empty");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SubjectPrefix",
        "Puts a tag in front of the subject, once.",
        Settings.class,
        (settings, _) -> new SubjectPrefix(settings.prefix));
  }
}
