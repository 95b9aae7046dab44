package org.posthorn.app.admin;

import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.directory.DirectoryException;

/// The fields of a body that changes something, one laid over the other: a refusal names the field.
final class Fields {
  private Fields() {}

  /// `before` with `value`, or as it is where the body has none.
  static <S, V> S changed(S before, String field, @Nullable V value, BiFunction<S, V, S> change) {
    if (value == null) {
      return before;
    }
    try {
      return change.apply(before, value);
    } catch (Declined e) {
      throw e.about(field);
    } catch (DirectoryException e) {
      throw Refusals.of(e).about(field);
    }
  }
}
