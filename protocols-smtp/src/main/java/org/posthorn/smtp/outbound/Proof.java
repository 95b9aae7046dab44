package org.posthorn.smtp.outbound;

import java.util.Set;

/// What a server has to prove before it gets a mail. Connections stand in for each other only where
/// they proved the same.
sealed interface Proof {
  /// Nothing: TLS where it is offered, with any certificate.
  record Nothing() implements Proof {}

  /// TLS, with a certificate for its name that an authority vouches for.
  record Certificate(Wanted wanted) implements Proof {}

  /// TLS, with a certificate that the DNS names (RFC 7672), or any if there are no `pins`: then the
  /// DNS names some that cannot be used. `base` is the server's name for that; a certificate by an
  /// authority must be for one of `names`. `published` are all records, for reports. `bySender`:
  /// the sender wants it too, and the mail back otherwise (RFC 8689).
  record Pinned(
      Set<TlsaPin> pins, String base, Set<String> names, Set<TlsaPin> published, boolean bySender)
      implements Proof {
    public Pinned {
      published = Set.copyOf(published);
      pins = Set.copyOf(pins);
      names = Set.copyOf(names);
    }

    Pinned wantedBySender() {
      return new Pinned(pins, base, names, published, true);
    }
  }

  /// Who wants it.
  enum Wanted {
    /// The policy of the recipient's domain (RFC 8461).
    BY_DOMAIN,
    /// The sender (RFC 8689).
    BY_SENDER,
    /// The operator, of a smarthost.
    BY_OPERATOR
  }

  /// Whether mail goes to it only under TLS.
  default boolean isNeeded() {
    return !(this instanceof Nothing);
  }

  /// Whether the sender would rather have the mail back than have it wait for that.
  default boolean isForSender() {
    return switch (this) {
      case Nothing() -> false;
      case Certificate(Wanted wanted) -> wanted == Wanted.BY_SENDER;
      case Pinned pinned -> pinned.bySender();
    };
  }

  /// What a server has shown that gets a mail.
  default String shown() {
    return switch (this) {
      case Nothing() -> "not verified";
      case Pinned(var pins, _, _, _, _) ->
          pins.isEmpty() ? "not verified (DANE)" : "verified by DANE";
      case Certificate(Wanted wanted) ->
          switch (wanted) {
            case BY_DOMAIN -> "verified by MTA-STS";
            case BY_SENDER -> "verified for REQUIRETLS";
            case BY_OPERATOR -> "verified by its certificate";
          };
    };
  }

  /// Why mail does not go without it.
  default String why() {
    return switch (this) {
      case Nothing() -> "nothing is required";
      case Pinned pinned ->
          pinned.bySender()
              ? "the sender requires it (REQUIRETLS)"
              : "the recipient's domain requires it by DANE";
      case Certificate(Wanted wanted) ->
          switch (wanted) {
            case BY_DOMAIN -> "the MTA-STS policy of the recipient's domain requires it";
            case BY_SENDER -> "the sender requires it (REQUIRETLS)";
            case BY_OPERATOR -> "the operator requires it of this server";
          };
    };
  }
}
