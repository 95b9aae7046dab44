package org.posthorn.app.tlsreport;

import java.util.Optional;
import org.posthorn.message.MailAddress;

/// Reports to other domains about how well connections to their servers were encrypted (RFC 8460).
public record TlsReportsConfig(
    /// The address that reports come from, where other administrators may ask. Reports are sent to
    /// the domains that want them once this is set; it should be in a domain of ours.
    Optional<String> contact,
    /// Who we are, for the readers of the reports. Default: the server's hostname.
    Optional<String> organization,
    /// `false`: no reports are sent although there is a contact. What happened is counted all the
    /// same, for `posthorn tls reports`.
    boolean send) {
  public TlsReportsConfig {
    if (contact.isPresent() && MailAddress.parse(contact.get()).isEmpty()) {
      throw new IllegalArgumentException(
          "tls-reports contact must be an address such as tls-reports@example.org, not '"
              + contact.get()
              + "'");
    }
    if (organization.isPresent() && !organization.get().matches("[^\\p{Cntrl}]{1,200}")) {
      throw new IllegalArgumentException("tls-reports organization must be one line of text");
    }
  }

  public static TlsReportsConfig defaults() {
    return new TlsReportsConfig(Optional.empty(), Optional.empty(), true);
  }
}
