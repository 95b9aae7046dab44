package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Mail from one of these envelope senders, in any case: `SenderIs(ann@example.org, @example.net)`.
public final class SenderIs implements MatcherFactory {
  @Override
  public String name() {
    return "SenderIs";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    Addresses addresses = Addresses.of("addresses", parameters.texts("addresses"));
    return Whole.matcher(mail -> mail.sender().map(addresses::contains).orElse(false));
  }
}
