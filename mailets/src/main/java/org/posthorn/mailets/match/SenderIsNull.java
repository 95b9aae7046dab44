package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Mail without an envelope sender, as reports and automatic answers are: `match: SenderIsNull`.
public final class SenderIsNull implements MatcherFactory {
  @Override
  public String name() {
    return "SenderIsNull";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    return Whole.matcher(mail -> mail.sender().isEmpty());
  }
}
