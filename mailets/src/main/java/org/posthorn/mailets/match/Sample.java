package org.posthorn.mailets.match;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;

/// A random share of all mail, for trying something out: `Sample(5)` is one in twenty. By the id of
/// the mail, so a step that is repeated chooses the same, and so do two steps with the same share.
final class Sample implements MatcherFactory<Sample.Settings> {
  private static final int WHOLE = 1_000_000;

  record Settings(
      @Parameter(value = "How much of all mail, 0 to 100.", example = "5") double percent) {
    Settings {
      if (!(percent >= 0 && percent <= 100)) {
        throw new ParameterException("parameter 'percent' should be a number from 0 to 100");
      }
    }
  }

  @Override
  public String name() {
    return "Sample";
  }

  @Override
  public String summary() {
    return "A random share of all mail.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    double share = settings.percent * WHOLE / 100;
    return Whole.matcher(mail -> number(mail) < share);
  }

  private static long number(Mail mail) {
    return Math.floorMod(
        Hashing.sha256().hashString(mail.id().value(), StandardCharsets.UTF_8).asLong(), WHOLE);
  }
}
