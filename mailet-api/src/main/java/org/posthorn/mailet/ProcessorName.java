package org.posthorn.mailet;

/// The name of a processor of the same chain, as a parameter: that there is one is checked.
public record ProcessorName(String value) {
  @Override
  public String toString() {
    return value;
  }
}
