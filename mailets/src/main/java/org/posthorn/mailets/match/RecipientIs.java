package org.posthorn.mailets.match;

import java.util.List;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Recipients with one of these addresses, in any case:
/// `RecipientIs(ann@example.org, @example.net)` is Ann and everybody at example.net.
public final class RecipientIs implements MatcherFactory<RecipientIs.Settings> {
  public record Settings(
      @Parameter(
              value = "Addresses in any case; @ with a domain is everybody there.",
              min = 1,
              example = "ann@example.org, @example.net")
          List<AddressPattern> addresses) {}

  @Override
  public String name() {
    return "RecipientIs";
  }

  @Override
  public String summary() {
    return "Recipients with one of these addresses.";
  }

  @Override
  public Class<RecipientIs.Settings> parameters() {
    return RecipientIs.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    var addresses = Addresses.of(settings.addresses);
    return mail ->
        mail.recipients().stream()
            .filter(recipient -> addresses.contains(recipient.address()))
            .toList();
  }
}
