package org.posthorn.storage.content;

import java.time.Instant;
import org.posthorn.message.ContentId;

/// One round in which a store frees the contents that nobody needs. Whoever begins it first says
/// which ones are needed, and then lets it reclaim the others.
///
/// A content is needed when [#needs] was called for it, and also when [ContentStore#cargo] or
/// [ContentStore#sync] was since the round began: whoever makes a row that names a content calls
/// one of them first. So a row that is written too late to be seen by whoever looks through all
/// rows does no harm.
///
/// A few contents that nobody needs are kept by chance; other ones in each round. `needs` is safe
/// for use by many threads, the rest is used by one.
public interface CollectionRound extends AutoCloseable {
  /// What may be freed: contents that came in before `olderThan`. `deadShare` is how much of a file
  /// with many contents must be of no use before it is written anew without that. With `tryOut`
  /// nothing is freed, and what would have been is told. With `pressing` the file that new contents
  /// go to is ended and written anew like the others, though some in it are too young.
  record Rules(Instant olderThan, double deadShare, boolean tryOut, boolean pressing) {
    /// Of a round that nobody waits for.
    public Rules(Instant olderThan, double deadShare, boolean tryOut) {
      this(olderThan, deadShare, tryOut, false);
    }
  }

  /// A row says that this content is needed.
  void needs(ContentId id);

  /// Frees what is not needed and old enough, durably. Goes on where a file cannot be read or
  /// written, and counts it. After a crash, or when `pace` ends it, what was freed so far is freed
  /// and nothing else has changed. Afterwards nothing that was needed has changed for any reader,
  /// also for those who are reading now.
  Reclaimed reclaim(Rules rules, Pace pace);

  @Override
  void close();
}
