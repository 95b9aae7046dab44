package org.posthorn.storage.content;

/// What a round of collection found and did: contents and their bytes on disk that stay because
/// they are needed or too young to tell; those of no use that stay for now, since freeing them is
/// not worth the work yet; and those that were freed. `failures` counts files that could not be
/// dealt with; the log names them. `young` are those among the kept ones that nothing needs and
/// that are only too young; the last of them came in at `youngestMillis` (0: there is none).
/// `skippedFiles` were not looked through, since nothing in them can have died after the last look;
/// what was found then is in the sums.
public record Reclaimed(
    long keptContents,
    long keptBytes,
    long deadContents,
    long deadBytes,
    long freedContents,
    long freedBytes,
    long failures,
    long skippedFiles,
    long youngContents,
    long youngBytes,
    long youngestMillis) {
  public static final Reclaimed NOTHING = new Reclaimed(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  static final Reclaimed FAILURE = new Reclaimed(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0);

  /// One content that stays.
  static Reclaimed kept(long bytes) {
    return new Reclaimed(1, bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /// One content that nothing needs and that stays since it came in only then.
  static Reclaimed young(long bytes, long receivedMillis) {
    return new Reclaimed(1, bytes, 0, 0, 0, 0, 0, 0, 1, bytes, receivedMillis);
  }

  /// One content that was freed.
  static Reclaimed freed(long bytes) {
    return new Reclaimed(0, 0, 0, 0, 1, bytes, 0, 0, 0, 0, 0);
  }

  /// The same, found without a look.
  Reclaimed skipped() {
    return plus(new Reclaimed(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0));
  }

  public Reclaimed plus(Reclaimed other) {
    return new Reclaimed(
        keptContents + other.keptContents,
        keptBytes + other.keptBytes,
        deadContents + other.deadContents,
        deadBytes + other.deadBytes,
        freedContents + other.freedContents,
        freedBytes + other.freedBytes,
        failures + other.failures,
        skippedFiles + other.skippedFiles,
        youngContents + other.youngContents,
        youngBytes + other.youngBytes,
        Math.max(youngestMillis, other.youngestMillis));
  }
}
