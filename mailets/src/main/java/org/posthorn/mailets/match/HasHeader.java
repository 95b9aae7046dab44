package org.posthorn.mailets.match;

import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Messages with a header field of this name, `HasHeader(X-Loop)`; with a value, those in which
/// such a field has that text in it, in any case: `HasHeader(Subject, invoice)`.
public final class HasHeader implements MatcherFactory {
  @Override
  public String name() {
    return "HasHeader";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    String name = parameters.text("name");
    Optional<String> value =
        parameters.optionalText("value").map(text -> text.toLowerCase(Locale.ROOT));
    return Whole.matcher(mail ->
        mail.message().headers().stream()
            .filter(field -> field.is(name))
            .anyMatch(field ->
                value
                    .map(part -> field.value().toLowerCase(Locale.ROOT).contains(part))
                    .orElse(true)));
  }
}
