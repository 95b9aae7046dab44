package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Recipients with one of these addresses, in any case:
/// `RecipientIs(ann@example.org, @example.net)` is Ann and everybody at example.net.
public final class RecipientIs implements MatcherFactory {
  @Override
  public String name() {
    return "RecipientIs";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    Addresses addresses = Addresses.of("addresses", parameters.texts("addresses"));
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> addresses.contains(recipient.address()))
            .toList();
  }
}
