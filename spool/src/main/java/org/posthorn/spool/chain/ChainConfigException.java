package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.List;

/// The configured chain makes no sense. The message is for the operator: it names the place, the
/// processor, the step and what is expected; with several faults, each on a line of its own.
public final class ChainConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ArrayList<String> faults;

  public ChainConfigException(String message) {
    this(List.of(message));
  }

  ChainConfigException(String where, String what) {
    this(List.of(where.isEmpty() ? what : where + ": " + what));
  }

  ChainConfigException(List<String> faults) {
    super(String.join("\n", faults));
    this.faults = new ArrayList<>(faults);
  }

  public List<String> faults() {
    return List.copyOf(faults);
  }
}
