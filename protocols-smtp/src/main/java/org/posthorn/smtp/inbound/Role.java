package org.posthorn.smtp.inbound;

/// Whom a port is for.
public enum Role {
  /// Other servers, with mail for our users (RFC 5321; port 25).
  MX,
  /// Our users' mail programs, with mail for anybody; they log in (RFC 6409; ports 587 and 465).
  SUBMISSION,
  /// Programs beside us that want an answer for each recipient (RFC 2033).
  LMTP;

  /// The name in the configuration of the gates.
  String port() {
    return switch (this) {
      case MX -> "mx";
      case SUBMISSION -> "submission";
      case LMTP -> "lmtp";
    };
  }
}
