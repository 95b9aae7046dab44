package org.posthorn.smtp;

import java.util.List;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.ListenerConfig;

/// The ports on which mail comes in, to be opened when the server starts; those that are not
/// enabled are not here.
public record SmtpPorts(List<SmtpPort> open) {
  /// `name` as in the configuration: `mx`, `submission`, `submissions`, `lmtp`.
  public record SmtpPort(String name, ListenerConfig listener, ConnectionHandler handler) {}

  public SmtpPorts {
    open = List.copyOf(open);
  }
}
