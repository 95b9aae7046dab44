package org.posthorn.mailets.expression;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.match.Expression;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;

/// A mail while an expression looks at it, one recipient after the other, with a count of what
/// looking may still cost. When it has cost too much, it ends with an exception: the step fails and
/// the mail waits, which is safer than to guess an answer. Used by one thread.
final class Scene {
  private static final int STEPS_MAX = 20_000_000;

  /// Longer texts of the mail are looked at up to here.
  private static final int TEXT_MAX = 10_000;

  private final Mail mail;
  private final Map<Expression, Expression.Search> searches = new HashMap<>();
  private @Nullable List<HeaderField> fields;
  private @Nullable Recipient recipient;
  private int steps;

  Scene(Mail mail) {
    this.mail = mail;
  }

  Mail mail() {
    return mail;
  }

  /// The one that is looked at now.
  Recipient recipient() {
    if (recipient == null) {
      throw new IllegalStateException("No recipient is looked at");
    }
    return recipient;
  }

  void turnTo(Recipient next) {
    recipient = next;
  }

  void step() {
    if (++steps > STEPS_MAX) {
      throw new IllegalStateException("The expression takes too long on this mail");
    }
  }

  List<HeaderField> fields() {
    if (fields == null) {
      fields = mail.message().headers();
    }
    return fields;
  }

  /// The values of the fields of this name as people see them.
  Stream<String> values(String name) {
    return fields().stream()
        .filter(field -> {
          step();
          return field.is(name);
        })
        .map(field -> text(EncodedWord.decode(field.value())));
  }

  /// All searches for one expression in one mail share what they may cost.
  boolean isIn(Expression expression, String text) {
    step();
    return searches.computeIfAbsent(expression, Expression::search).isIn(text);
  }

  static String text(Optional<?> text) {
    return text.map(Object::toString).map(Scene::text).orElse("");
  }

  static String text(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
  }
}
