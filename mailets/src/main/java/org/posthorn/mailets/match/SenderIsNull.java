package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Services;

/// Mail without an envelope sender, as reports and automatic answers are: `match: SenderIsNull`.
public final class SenderIsNull implements MatcherFactory<NoParameters> {

  @Override
  public String name() {
    return "SenderIsNull";
  }

  @Override
  public String summary() {
    return "Mail without an envelope sender: reports and automatic answers.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Matcher create(NoParameters none, Services services) {
    return Whole.matcher(mail -> mail.sender().isEmpty());
  }
}
