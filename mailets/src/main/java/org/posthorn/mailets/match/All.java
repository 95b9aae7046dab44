package org.posthorn.mailets.match;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// All recipients: `match: All`, which is the same as no `match` at all.
public final class All implements MatcherFactory {
  @Override
  public String name() {
    return "All";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    return Mail::recipients;
  }
}
