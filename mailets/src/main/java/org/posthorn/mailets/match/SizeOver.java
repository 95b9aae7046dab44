package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Messages of more than so many bytes: `SizeOver(10MB)`.
public final class SizeOver implements MatcherFactory<SizeOver.Settings> {
  public record Settings(
      @Parameter(value = "The largest that is not meant.", example = "10MB") long sizeBytes) {}

  @Override
  public String name() {
    return "SizeOver";
  }

  @Override
  public String summary() {
    return "Messages of more than so many bytes.";
  }

  @Override
  public Class<SizeOver.Settings> parameters() {
    return SizeOver.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    return Whole.matcher(mail -> mail.message().sizeBytes() > settings.sizeBytes);
  }
}
