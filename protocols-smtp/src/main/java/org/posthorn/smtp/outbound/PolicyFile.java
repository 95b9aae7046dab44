package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;

/// The file with the MTA-STS policy of a domain (RFC 8461 §3.3), for the operator who wants to know
/// what others get. He asks for a domain of his own, so unlike for mail it may be fetched from
/// machines inside our network too; all else is as strictly looked at. Safe for use by many
/// threads.
public interface PolicyFile {
  /// Throws, with the reason in words, where others would get no policy.
  StsPolicy fetch(Domain domain) throws IOException;

  /// `authorities`: in PEM, those that are trusted beside the ones that Java trusts.
  static PolicyFile over(Dns dns, Optional<byte[]> authorities, int port) {
    StsFetch fetch = new StsFetch(dns, _ -> true, new TlsClient(authorities), port);
    return domain -> {
      try {
        return fetch.fetch(domain.ascii());
      } catch (IOException failed) {
        throw new IOException(TlsClient.reason(failed), failed);
      }
    };
  }
}
