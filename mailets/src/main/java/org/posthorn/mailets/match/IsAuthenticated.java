package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Mail that somebody submitted who had logged in: `match: IsAuthenticated`.
public final class IsAuthenticated implements MatcherFactory {
  @Override
  public String name() {
    return "IsAuthenticated";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    return Whole.matcher(mail -> mail.origin().login().isPresent());
  }
}
