package org.posthorn.mailets.match;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Services;

/// All recipients: `match: All`, which is the same as no `match` at all.
public final class All implements MatcherFactory<NoParameters> {

  @Override
  public String name() {
    return "All";
  }

  @Override
  public String summary() {
    return "All recipients.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Matcher create(NoParameters none, Services services) {
    return Mail::recipients;
  }
}
