package org.posthorn.smtp.outbound;

import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.ParameterException;

/// How mailets, matchers and gates reach web servers.
public record WebConfig(
    /// Addresses and networks inside, such as `10.1.0.0/16` or `127.0.0.1`, that they may go to.
    /// Without it they go only to addresses of the Internet that are not this machine's, since a
    // URL
    /// may come from a mail.
    List<String> privateNetworks) {
  public WebConfig {
    privateNetworks = List.copyOf(privateNetworks);
    try {
      ranges(privateNetworks);
    } catch (ParameterException e) {
      throw new IllegalArgumentException(
          String.valueOf(e.getMessage()).replace("parameter '", "http '"), e);
    }
  }

  public static WebConfig defaults() {
    return new WebConfig(List.of());
  }

  List<AddressRange> ranges() {
    return ranges(privateNetworks);
  }

  private static List<AddressRange> ranges(List<String> texts) {
    return texts.stream().map(text -> AddressRange.of("private-networks", text)).toList();
  }
}
