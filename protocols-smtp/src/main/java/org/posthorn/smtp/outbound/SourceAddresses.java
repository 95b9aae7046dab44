package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.AddressText;

/// The addresses that mail is to set out from (`source-addresses`), held against those that this
/// machine has.
public final class SourceAddresses {
  private SourceAddresses() {}

  /// In words, each from which nothing can set out now. It may come up later, so that is no reason
  /// not to start.
  public static List<String> missing(OutboundConfig config) {
    List<String> missing = new ArrayList<>();
    look("outbound.identity", config.identity().sourceAddresses(), missing);
    for (int i = 0; i < config.routes().size(); i++) {
      look("outbound.routes[" + i + "]", config.routes().get(i).sourceAddresses(), missing);
    }
    return missing;
  }

  private static void look(String place, List<String> texts, List<String> missing) {
    for (InetAddress source : HostPort.sources(texts)) {
      trouble(source)
          .ifPresent(why ->
              missing.add(
                  "%s.source-addresses: nothing can set out from %s now: %s"
                      .formatted(place, AddressText.of(source), why)));
    }
  }

  private static Optional<String> trouble(InetAddress source) {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(source, 0));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
