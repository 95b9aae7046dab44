package org.posthorn.storage.search;

import java.time.Duration;
import java.util.EnumMap;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.extract.Extracted.Outcome;
import org.posthorn.storage.extract.Extractor;
import org.posthorn.storage.extract.ExtractorProgram;
import org.posthorn.storage.follow.Following;

/// The index of the text of attachments: made like that of the emails, but apart from it and at a
/// pace of its own, since one document may take seconds. Safe for use by many threads.
///
/// A document that could not be read counts as taken: it comes again only when the index is made
/// anew.
final class AttachmentSearch implements AutoCloseable {
  private final TextIndex index;
  private final IndexReading reading;
  private final Extractor extractor;
  private final Following following;

  AttachmentSearch(
      IndexPlace place, Accounts accounts, SearchConfig config, ExtractorProgram program) {
    this.index = TextIndex.ofAttachments(place, config.bufferBytes(), this::compareAgain);
    this.reading = new IndexReading(index);
    this.extractor = new Extractor(program, config.attachments());
    var follower = new IndexFollower("attachments", index, reading, source());
    this.following = new Following(accounts, follower, config.settleTime(), config.patience());
  }

  private IndexFollower.Source source() {
    return new IndexFollower.Source() {
      @Override
      public Texts texts(Account account) {
        return new AttachedText(account, extractor);
      }

      @Override
      public void rest() {
        extractor.rest();
      }

      @Override
      public void stop() {
        extractor.stop();
      }
    };
  }

  private void compareAgain() {
    following.compareAgain();
  }

  void start() {
    following.start();
  }

  /// Somebody searches in an account: what has come to it is read before that of others.
  void wanted(Account account) throws InterruptedException {
    following.used();
    boolean _ = following.await(account, Duration.ZERO);
  }

  /// The emails of which an attachment has the needle's words, as far as attachments were read.
  Found find(Account account, Needle needle) {
    return reading.findWords(account.id(), account.standing().epoch(), Area.BODY, needle);
  }

  AttachmentStatus status() {
    var failures = new EnumMap<Outcome, Integer>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      int emails = outcome.isFailure() ? reading.emailsOf(outcome.word()) : 0;
      if (emails > 0) {
        failures.put(outcome, emails);
      }
    }
    Following.Status now = following.status();
    return new AttachmentStatus(
        true,
        extractor.trouble(),
        reading.emails(),
        failures,
        now.waiting(),
        now.compared(),
        index.sizeBytes());
  }

  void rebuild() {
    index.clear();
  }

  @Override
  public void close() {
    following.close();
    index.close();
  }
}
