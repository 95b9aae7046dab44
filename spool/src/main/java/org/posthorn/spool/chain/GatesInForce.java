package org.posthorn.spool.chain;

/// The gates that clients meet who connect from now on. Safe for use by many threads.
public final class GatesInForce {
  private volatile Gates gates = Gates.NONE;

  public Gates current() {
    return gates;
  }

  public void use(Gates others) {
    gates = others;
  }
}
