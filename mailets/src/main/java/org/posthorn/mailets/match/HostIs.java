package org.posthorn.mailets.match;

import java.util.HashSet;
import java.util.Set;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;

/// Recipients in one of these domains: `HostIs(example.org, example.net)`.
public final class HostIs implements MatcherFactory {
  @Override
  public String name() {
    return "HostIs";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    Set<Domain> domains = new HashSet<>();
    for (String text : parameters.texts("domains")) {
      domains.add(
          Domain.parse(text)
              .orElseThrow(() ->
                  new ParameterException(
                      "parameter 'domains' is '" + text + "', which is no domain")));
    }
    if (domains.isEmpty()) {
      throw new ParameterException("parameter 'domains' is missing");
    }
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> domains.contains(recipient.address().domain()))
            .toList();
  }
}
