package org.posthorn.storage.directory;

import java.util.Optional;
import java.util.Set;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What the server itself is called. It writes as `postmaster` at these names, and so, though none
/// of them need be a mail domain, whoever answers must reach somebody (RFC 5321 §4.5.1).
/// `postmaster`: who that is; where nobody was named, the postmaster of any domain.
public record OwnNames(Set<Domain> names, Optional<MailAddress> postmaster) {
  static final String POSTMASTER = "postmaster";

  public OwnNames {
    names = Set.copyOf(names);
  }

  boolean isPostmaster(MailAddress address) {
    return names.contains(address.domain()) && address.localPart().equalsIgnoreCase(POSTMASTER);
  }
}
