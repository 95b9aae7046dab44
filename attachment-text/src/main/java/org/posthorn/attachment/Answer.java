package org.posthorn.attachment;

/// What became of a document. Immutable.
///
/// The text is whole, cut at its limit, or as much as could be read before trouble came.
record Answer(Status status, String text) {
  /// The codes are what goes over the wire.
  enum Status {
    READ(0),
    /// There is more text than was asked for.
    CUT(1),
    /// No form that is known here.
    UNKNOWN(2),
    /// Encrypted with a password.
    LOCKED(3),
    DAMAGED(4);

    final int code;

    Status(int code) {
      this.code = code;
    }
  }
}
