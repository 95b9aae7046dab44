package org.posthorn.spool.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A version of the plugin contract (`mailet-api`). A plugin says in its manifest against which one
/// it was built (`Posthorn-Api: 1.0`). Things are only ever added within a major version, so a
/// server runs plugins of the same major version that are as old as itself or older.
public record ApiVersion(int major, int minor) {
  /// What this server has.
  public static final ApiVersion CURRENT = new ApiVersion(1, 0);

  /// The name in the manifest.
  public static final String MANIFEST = "Posthorn-Api";

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})");

  /// Throws `IllegalArgumentException` for what is not of the form `1.0`.
  public static ApiVersion parse(String text) {
    Matcher numbers = FORM.matcher(text.strip());
    if (!numbers.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no version of the plugin API; it is written like %s".formatted(text, CURRENT));
    }
    return new ApiVersion(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
  }

  /// Whether a server with this version runs what was built against `wanted`.
  public boolean serves(ApiVersion wanted) {
    return major == wanted.major && minor >= wanted.minor;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
