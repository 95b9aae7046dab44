package org.posthorn.mailets.expression;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;

/// Mail, or recipients, for which an expression is true: `Expression("size > 10MB && sender.domain
/// == 'example.org'")`. All recipients or none, but for an expression that looks at the
/// `recipient`: that is asked for each.
public final class ExpressionMatcher implements MatcherFactory<ExpressionMatcher.Settings> {
  record Settings(
      @Parameter(
              value = "What must be true: names, texts in single quotes, operators.",
              example = "\"size > 10MB && sender.domain == 'example.org'\"")
          String text) {}

  @Override
  public String name() {
    return "Expression";
  }

  @Override
  public String summary() {
    return "Mail, or recipients, for which a small expression is true.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    try {
      var read = ExpressionParser.read(settings.text, new Vocabulary(services));
      return read.asksForRecipients()
          ? mail -> each(read.truth(), mail)
          : mail -> all(read.truth(), mail);
    } catch (Misread e) {
      throw new ParameterException(e.getMessage() + " " + place(settings.text, e.position));
    }
  }

  private static List<Recipient> all(Term.Truth truth, Mail mail) {
    return truth.of().test(new Scene(mail)) ? mail.recipients() : List.of();
  }

  private static List<Recipient> each(Term.Truth truth, Mail mail) {
    var scene = new Scene(mail);
    List<Recipient> chosen = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      scene.step();
      scene.turnTo(recipient);
      if (truth.of().test(scene)) {
        chosen.add(recipient);
      }
    }
    return chosen;
  }

  /// Where it is, for people: the line counts when there are several.
  private static String place(String text, int position) {
    int at = Math.min(position, text.length());
    int lineStart = text.lastIndexOf('\n', at - 1) + 1;
    int lineEnd = text.indexOf('\n', at) < 0 ? text.length() : text.indexOf('\n', at);
    long line = text.substring(0, lineStart).lines().count() + 1;
    return "(line %d, column %d: %s-->%s)"
        .formatted(
            line,
            at - lineStart + 1,
            text.substring(Math.max(lineStart, at - 20), at),
            text.substring(at, Math.min(lineEnd, at + 20)));
  }
}
