package org.posthorn.mailets.match;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.mime.Part;

/// Messages with a line of text in which the expression is found, decoded, in whatever text part:
/// `TextMatches(strictly confidential)`. HTML is looked at as it is written. Of all texts of a
/// message together the first MiB is looked at; longer lines than [Expression#LENGTH_MAX] in pieces
/// that overlap.
final class TextMatches implements MatcherFactory<TextMatches.Settings> {
  private static final int BYTES_MAX = 1 << 20;

  record Settings(
      @Parameter(
              value = "Looked for in each line, in any case; ^ and $ are the ends of the line.",
              example = "strictly confidential")
          Pattern pattern) {}

  @Override
  public String name() {
    return "TextMatches";
  }

  @Override
  public String summary() {
    return "Messages with a line of text that fits a regular expression.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    var expression = new Expression(settings.pattern);
    return Whole.matcher(mail -> isInTexts(mail.message(), expression.search()));
  }

  private static boolean isInTexts(Message message, Expression.Search search) {
    var reading = new Reading(search);
    return Bodies.any(message, reading::isIn);
  }

  /// Of one message. Used by one thread.
  private static final class Reading {
    private final Expression.Search search;
    private int leftBytes = BYTES_MAX;

    private Reading(Expression.Search search) {
      this.search = search;
    }

    boolean isIn(Part part, InputStream body) throws IOException {
      if (!part.type().equals("text") || leftBytes == 0) {
        return false;
      }
      byte[] bytes = body.readNBytes(leftBytes);
      leftBytes -= bytes.length;
      return new String(bytes, charset(part)).lines().anyMatch(search::isInLine);
    }

    private static Charset charset(Part part) {
      return CharsetNames.find(part.parameters().getOrDefault("charset", "utf-8"))
          .filter(found -> !found.equals(StandardCharsets.US_ASCII))
          .orElse(StandardCharsets.UTF_8);
    }
  }
}
