package org.posthorn.mailets.match;

import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Mail that came from one of these IP addresses or networks: `RemoteAddressIs(192.0.2.7,
/// 198.51.100.0/24, 2001:db8::/32)`. Mail that the server made itself came from nowhere.
public final class RemoteAddressIs implements MatcherFactory<RemoteAddressIs.Settings> {
  public record Settings(
      @Parameter(
              value = "IP addresses and networks.",
              min = 1,
              example = "192.0.2.7, 198.51.100.0/24")
          List<AddressRange> networks) {}

  @Override
  public String name() {
    return "RemoteAddressIs";
  }

  @Override
  public String summary() {
    return "Mail that came from one of these IP addresses or networks.";
  }

  @Override
  public Class<RemoteAddressIs.Settings> parameters() {
    return RemoteAddressIs.Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    List<AddressRange> networks = settings.networks;
    return Whole.matcher(mail ->
        mail.origin()
            .remote()
            .map(remote -> networks.stream().anyMatch(network -> network.contains(remote)))
            .orElse(false));
  }
}
