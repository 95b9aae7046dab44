package org.posthorn.mailets.match;

import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Mail that came from one of these IP addresses or networks: `RemoteAddressIs(192.0.2.7,
/// 198.51.100.0/24, 2001:db8::/32)`. Mail that the server made itself came from nowhere.
public final class RemoteAddressIs implements MatcherFactory {
  @Override
  public String name() {
    return "RemoteAddressIs";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    List<AddressRange> networks =
        parameters.texts("networks").stream()
            .map(text -> AddressRange.of("networks", text))
            .toList();
    if (networks.isEmpty()) {
      throw new ParameterException("parameter 'networks' is missing");
    }
    return Whole.matcher(mail ->
        mail.origin()
            .remote()
            .map(remote -> networks.stream().anyMatch(network -> network.contains(remote)))
            .orElse(false));
  }
}
