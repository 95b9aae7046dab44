package org.posthorn.mailets.match;

import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;

/// Messages with a header field of this name, `HasHeader(X-Loop)`; with a value, those in which
/// such a field has that text in it, as it stands there or as people see it, in any case:
/// `HasHeader(Subject, invoice)`.
public final class HasHeader implements MatcherFactory<HasHeader.Settings> {
  public record Settings(
      @Parameter(value = "The name of the field.", example = "X-Spam-Flag") String name,
      @Parameter(value = "A text that stands in it, in any case.", example = "YES")
          Optional<String> value) {}

  @Override
  public String name() {
    return "HasHeader";
  }

  @Override
  public String summary() {
    return "Messages with a header field, or with one that has a text in it.";
  }

  @Override
  public Class<HasHeader.Settings> parameters() {
    return HasHeader.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    Optional<String> value = settings.value.map(text -> text.toLowerCase(Locale.ROOT));
    return Whole.matcher(mail ->
        mail.message().headers().stream()
            .filter(field -> field.is(settings.name))
            .map(HeaderField::value)
            .anyMatch(field -> value.map(part -> has(field, part)).orElse(true)));
  }

  private static boolean has(String field, String part) {
    return field.toLowerCase(Locale.ROOT).contains(part)
        || EncodedWord.decode(field).toLowerCase(Locale.ROOT).contains(part);
  }
}
