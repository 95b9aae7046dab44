package org.posthorn.spool.chain;

/// The configured chain makes no sense. The message is for the operator: it names the place, the
/// processor, the step and what is expected.
public final class ChainConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ChainConfigException(String message) {
    super(message);
  }

  ChainConfigException(String where, String what) {
    super(where.isEmpty() ? what : where + ": " + what);
  }
}
