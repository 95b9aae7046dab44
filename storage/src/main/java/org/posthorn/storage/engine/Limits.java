package org.posthorn.storage.engine;

/// What every engine takes; cut to the tightest that we know, so that no row that fits one engine
/// fails in another.
public record Limits(int keyMaxBytes, int valueMaxBytes, int batchMaxBytes, int batchMaxOps) {
  public static final Limits TIGHTEST = new Limits(512, 64 << 10, 1 << 20, 2_000);
}
