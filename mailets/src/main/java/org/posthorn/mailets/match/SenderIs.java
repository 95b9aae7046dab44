package org.posthorn.mailets.match;

import java.util.List;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Mail from one of these envelope senders, in any case: `SenderIs(ann@example.org, @example.net)`.
public final class SenderIs implements MatcherFactory<SenderIs.Settings> {
  public record Settings(
      @Parameter(
              value = "Addresses in any case; @ with a domain is everybody there.",
              min = 1,
              example = "ann@example.org, @example.net")
          List<AddressPattern> addresses) {}

  @Override
  public String name() {
    return "SenderIs";
  }

  @Override
  public String summary() {
    return "Mail from one of these envelope senders.";
  }

  @Override
  public Class<SenderIs.Settings> parameters() {
    return SenderIs.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    var addresses = Addresses.of(settings.addresses);
    return Whole.matcher(mail -> mail.sender().map(addresses::contains).orElse(false));
  }
}
