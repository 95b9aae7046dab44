package org.posthorn.app.config;

/// One thing that is wrong in the configuration: where it stands (`posthorn.yaml:12`, `--set`), the
/// dotted key, and words that say what to write instead.
public record ConfigProblem(String place, String key, String text) {
  @Override
  public String toString() {
    return place + ": " + (key.isEmpty() ? "" : key + ": ") + text;
  }
}
