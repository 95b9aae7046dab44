package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Services;

/// Mail that somebody submitted who had logged in: `match: IsAuthenticated`.
public final class IsAuthenticated implements MatcherFactory<NoParameters> {

  @Override
  public String name() {
    return "IsAuthenticated";
  }

  @Override
  public String summary() {
    return "Mail of somebody who had logged in.";
  }

  @Override
  public Class<NoParameters> parameters() {
    return NoParameters.class;
  }

  @Override
  public Matcher create(NoParameters none, Services services) {
    return Whole.matcher(mail -> mail.origin().login().isPresent());
  }
}
