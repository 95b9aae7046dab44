package org.posthorn.app.transfer.intake;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Compares flags by their names.
public final class FlagNames {
  private FlagNames() {}

  public static boolean differ(List<String> one, List<String> other) {
    return !lower(one).equals(lower(other));
  }

  private static Set<String> lower(List<String> names) {
    return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }
}
