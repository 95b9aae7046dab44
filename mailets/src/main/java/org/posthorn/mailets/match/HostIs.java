package org.posthorn.mailets.match;

import java.util.List;
import java.util.Set;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;

/// Recipients in one of these domains: `HostIs(example.org, example.net)`.
public final class HostIs implements MatcherFactory<HostIs.Settings> {
  public record Settings(
      @Parameter(value = "The domains.", min = 1, example = "example.org, example.net")
          List<Domain> domains) {}

  @Override
  public String name() {
    return "HostIs";
  }

  @Override
  public String summary() {
    return "Recipients in one of these domains.";
  }

  @Override
  public Class<HostIs.Settings> parameters() {
    return HostIs.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    Set<Domain> domains = Set.copyOf(settings.domains);
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> domains.contains(recipient.address().domain()))
            .toList();
  }
}
