package org.posthorn.app.config;

import java.util.List;
import java.util.Map;

/// How a part of the configuration that only its module understands is handed over: as texts, lists
/// and blocks of `T`, each with the place where it was written.
public interface Shape<T> {
  T text(String text, String place);

  T list(List<T> items, String place);

  /// `entries` in the order of the file.
  T block(Map<String, T> entries, String place);
}
