package org.posthorn.storage.keys;

import org.posthorn.storage.engine.Partition;

/// Where the secrets and the short forms of return paths are. What is in the rows is for whoever
/// makes return paths; that rows under one key are of equal worth is a promise to backups, which
/// put those back that are missing.
public final class ReturnPathRows {
  public static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "return-paths");

  private ReturnPathRows() {}
}
