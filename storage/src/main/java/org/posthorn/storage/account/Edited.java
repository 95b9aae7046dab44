package org.posthorn.storage.account;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A map or set of a state, or an empty one, as a draft has it: copied before the first change, so
/// that a draft that changes nothing costs nothing, and the state stays as it is. Confined to the
/// draft's thread.
final class Edited<T> {
  private final T base;
  private final UnaryOperator<T> copy;
  private @Nullable T own;

  /// `copy` makes one that may be written to.
  Edited(T base, UnaryOperator<T> copy) {
    this.base = base;
    this.copy = copy;
  }

  /// Not to be written to.
  T now() {
    return own == null ? base : own;
  }

  T writable() {
    T mine = own;
    if (mine == null) {
      mine = copy.apply(base);
      own = mine;
    }
    return mine;
  }

  boolean isChanged() {
    return own != null;
  }
}
