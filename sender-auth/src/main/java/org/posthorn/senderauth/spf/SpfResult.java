package org.posthorn.senderauth.spf;

import java.net.InetAddress;
import java.util.Optional;
import org.posthorn.senderauth.results.MethodResult;

/// What SPF says of one identity.
///
/// @param domain whose record was asked for
/// @param reason for people: which term decided, or what is wrong with the record
/// @param explanation what the domain says to those whom it refuses; printable ASCII, and a
///   stranger's words all the same
public record SpfResult(
    Identity identity,
    String domain,
    InetAddress client,
    SpfCode code,
    String reason,
    Optional<String> explanation) {
  /// What the client said who it is.
  public enum Identity {
    HELO("helo"),
    MAIL_FROM("mailfrom");

    private final String word;

    Identity(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  public boolean passed() {
    return code == SpfCode.PASS;
  }

  /// For Authentication-Results (RFC 8601 §2.7.2).
  public MethodResult toMethodResult() {
    return MethodResult.of("spf", code.word(), reason).with("smtp", identity.word, domain);
  }
}
