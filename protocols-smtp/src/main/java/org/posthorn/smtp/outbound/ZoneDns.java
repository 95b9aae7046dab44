package org.posthorn.smtp.outbound;

import org.posthorn.mailet.Dns;

/// The DNS as it is now, for whoever wants to see what was just published: nothing is kept of what
/// was answered before, and records of any type can be asked for. Safe for use by many threads.
public interface ZoneDns extends Dns {
  /// The records of a name as they stand in a zone file (`10 mail.example.org.`), TXT joined and
  /// without quotes. `type` is `MX`, `SRV` and the like.
  Answer<String> records(String name, String type);
}
