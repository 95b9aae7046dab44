package org.posthorn.storage.content;

/// What a round of collection found and did: contents and their bytes on disk that stay because
/// they are needed or too young to tell; those of no use that stay for now, since freeing them is
/// not worth the work yet; and those that were freed. `failures` counts files that could not be
/// dealt with; the log names them.
public record Reclaimed(
    long keptContents,
    long keptBytes,
    long deadContents,
    long deadBytes,
    long freedContents,
    long freedBytes,
    long failures) {
  public static final Reclaimed NOTHING = new Reclaimed(0, 0, 0, 0, 0, 0, 0);

  public Reclaimed plus(Reclaimed other) {
    return new Reclaimed(
        keptContents + other.keptContents,
        keptBytes + other.keptBytes,
        deadContents + other.deadContents,
        deadBytes + other.deadBytes,
        freedContents + other.freedContents,
        freedBytes + other.freedBytes,
        failures + other.failures);
  }
}
