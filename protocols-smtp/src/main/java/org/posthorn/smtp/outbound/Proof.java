package org.posthorn.smtp.outbound;

/// What a server has to prove before it gets a mail. Connections stand in for each other only where
/// they proved the same.
sealed interface Proof {
  /// Nothing: TLS where it is offered, with any certificate.
  record Nothing() implements Proof {}

  /// TLS, with a certificate for its name that an authority vouches for.
  record Certificate(Wanted wanted) implements Proof {}

  /// Who wants it.
  enum Wanted {
    /// The policy of the recipient's domain (RFC 8461).
    BY_DOMAIN,
    /// The sender (RFC 8689).
    BY_SENDER,
    /// The operator, of a smarthost.
    BY_OPERATOR
  }

  Proof NOTHING = new Nothing();

  /// Whether mail goes to it only under TLS.
  default boolean isNeeded() {
    return !(this instanceof Nothing);
  }

  /// Why mail does not go without it.
  default String why() {
    return switch (this) {
      case Nothing() -> "nothing is required";
      case Certificate(Wanted wanted) ->
          switch (wanted) {
            case BY_DOMAIN -> "the MTA-STS policy of the recipient's domain requires it";
            case BY_SENDER -> "the sender requires it (REQUIRETLS)";
            case BY_OPERATOR -> "it is a smarthost";
          };
    };
  }
}
