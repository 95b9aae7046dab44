package org.posthorn.app.dmarc;

import java.util.Optional;
import org.posthorn.message.MailAddress;

/// Reports to other domains about mail that came in their name (RFC 9990).
public record DmarcReportsConfig(
    /// The address that reports come from, where other administrators may ask. Reports are sent to
    /// the domains that want them once this is set; it should be in a domain of ours.
    Optional<String> contact,
    /// Who we are, for the readers of the reports. Default: the server's hostname.
    Optional<String> organization,
    /// `false`: no reports are sent although there is a contact.
    boolean send) {
  public DmarcReportsConfig {
    if (contact.isPresent() && MailAddress.parse(contact.get()).isEmpty()) {
      throw new IllegalArgumentException(
          "dmarc-reports contact must be an address such as dmarc-reports@example.org, not '"
              + contact.get()
              + "'");
    }
    if (organization.isPresent() && !organization.get().matches("[^\\p{Cntrl}]{1,200}")) {
      throw new IllegalArgumentException("dmarc-reports organization must be one line of text");
    }
  }

  public static DmarcReportsConfig defaults() {
    return new DmarcReportsConfig(Optional.empty(), Optional.empty(), true);
  }

  boolean isOn() {
    return contact.isPresent() && send;
  }
}
