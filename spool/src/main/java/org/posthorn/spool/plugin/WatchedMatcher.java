package org.posthorn.spool.plugin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.Recipient;

/// A matcher under watch. Safe for use by many threads.
public record WatchedMatcher(Matcher matcher, Watch watch) implements Matcher {
  @Override
  public List<Recipient> match(Mail mail) {
    return watch.call(() -> copied(matcher.match(mail)));
  }

  private static List<Recipient> copied(@Nullable List<Recipient> chosen) {
    if (chosen == null) {
      throw new IllegalStateException("It returned null in place of a list of recipients");
    }
    return List.copyOf(chosen);
  }
}
