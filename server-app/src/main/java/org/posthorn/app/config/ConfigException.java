package org.posthorn.app.config;

import java.util.List;
import java.util.stream.Collectors;

/// The configuration cannot be used. Carries all that is wrong, not only the first thing.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  public ConfigException(List<ConfigProblem> problems) {
    super(
        problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")),
        null,
        false,
        false);
    this.problems = List.copyOf(problems);
  }

  ConfigException(String place, String key, String text) {
    this(List.of(new ConfigProblem(place, key, text)));
  }

  public List<ConfigProblem> problems() {
    return problems;
  }
}
