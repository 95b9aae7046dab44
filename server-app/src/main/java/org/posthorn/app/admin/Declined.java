package org.posthorn.app.admin;

import java.util.Optional;

/// A request that cannot be done, and what to do about it. `code` is for programs.
final class Declined extends RuntimeException {
  private static final long serialVersionUID = 1L;

  enum Reason {
    BAD_REQUEST(400, "bad-request"),
    NOT_FOUND(404, "not-found"),
    CONFLICT(409, "conflict"),
    UNAVAILABLE(503, "unavailable");

    final int status;
    final String code;

    Reason(int status, String code) {
      this.status = status;
      this.code = code;
    }
  }

  private final Reason reason;
  private final String field;

  Declined(Reason reason, String message) {
    this(reason, message, "");
  }

  private Declined(Reason reason, String message, String field) {
    super(message, null, false, false);
    this.reason = reason;
    this.field = field;
  }

  /// The same, of a field of the body.
  Declined about(String name) {
    return new Declined(reason, String.valueOf(getMessage()), name);
  }

  static Declined badRequest(String message) {
    return new Declined(Reason.BAD_REQUEST, message);
  }

  static Declined notFound(String message) {
    return new Declined(Reason.NOT_FOUND, message);
  }

  static Declined conflict(String message) {
    return new Declined(Reason.CONFLICT, message);
  }

  Reason reason() {
    return reason;
  }

  /// Which field of the body is meant, if it is about one.
  Optional<String> field() {
    return Optional.of(field).filter(name -> !name.isEmpty());
  }
}
