package org.posthorn.mailet;

/// A parameter in the configuration is missing, unknown or makes no sense. The message is for the
/// operator: it names the parameter and says what is expected.
public final class ParameterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ParameterException(String message) {
    super(message);
  }
}
