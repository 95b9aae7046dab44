package org.posthorn.imap.command;

import java.io.IOException;

/// A search key made ready: whether a message passes, and what that costs.
record Condition(Cost cost, Check check) {
  /// Cheapest first: what is in the view, in the stored email, in the header's bytes, in all bytes.
  enum Cost {
    VIEW,
    EMAIL,
    HEADER,
    BODY;

    Cost or(Cost other) {
      return compareTo(other) >= 0 ? this : other;
    }
  }

  /// The message is named by the index that it has for the client.
  @FunctionalInterface
  interface Check {
    boolean passes(int index) throws IOException;
  }
}
