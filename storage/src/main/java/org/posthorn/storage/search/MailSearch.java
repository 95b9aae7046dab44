package org.posthorn.storage.search;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Standing;
import org.posthorn.storage.extract.ExtractorProgram;
import org.posthorn.storage.follow.Following;
import org.posthorn.storage.follow.Point;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells which emails of an account have a text, as far as that is known without reading them; what
/// it leaves open is a [TextScan]'s work. Both together always find the same, whatever becomes of
/// the index. Safe for use by many threads.
public final class MailSearch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MailSearch.class);

  /// Threads of their own, because the index's files are mapped into memory, and whoever waits for
  /// a page of them holds his carrier.
  private static final int THREADS = 2;

  /// Of so many waiting accounts the emails are counted.
  private static final int COUNTED_MAX = 1_000;

  private final Optional<Followed> followed;
  private final Optional<AttachmentSearch> attachments;
  private final AttachmentStatus without;
  private final ThreadPoolExecutor searchers =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          30,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("search-", 1).factory());

  private record Followed(
      Accounts accounts,
      TextIndex index,
      IndexReading reading,
      Following following,
      Duration waitLimit) {}

  /// How the index is: emails in it, bytes of its files, accounts that wait, about how many emails
  /// they wait with (of the first accounts, when they are many), for how long the first has waited,
  /// and whether all accounts were looked at since the start.
  public record Status(
      int emails,
      long sizeBytes,
      int accountsWaiting,
      long emailsWaiting,
      Duration lag,
      boolean complete) {}

  private MailSearch(
      IndexPlace place,
      IndexPlace attachmentsPlace,
      Accounts accounts,
      SearchConfig config,
      Optional<ExtractorProgram> program) {
    var index = TextIndex.ofEmails(place, config.bufferBytes(), this::compareAgain);
    var reading = new IndexReading(index);
    var follower =
        new IndexFollower("search", index, reading, account -> new EmailText(account, true));
    var following = new Following(accounts, follower, config.settleTime(), config.patience());
    this.followed =
        Optional.of(new Followed(accounts, index, reading, following, config.waitLimit()));
    searchers.allowCoreThreadTimeOut(true);
    Optional<ExtractorProgram> there =
        program.filter(it -> config.attachments().enabled() && it.isThere());
    this.attachments =
        there.map(it -> new AttachmentSearch(attachmentsPlace, accounts, config, it));
    this.without =
        withoutAttachments(
            config,
            "the program that reads them is not there"
                + program.map(it -> " (no jars in " + it.jars() + ")").orElse(""));
  }

  private MailSearch(SearchConfig config) {
    this.followed = Optional.empty();
    this.attachments = Optional.empty();
    this.without = withoutAttachments(config, "there is no search index");
  }

  private AttachmentStatus withoutAttachments(SearchConfig config, String why) {
    boolean missing = config.attachments().enabled() && attachments.isEmpty();
    if (missing) {
      log.atWarn().addKeyValue("why", why).log("attachments-not-searched");
    }
    return AttachmentStatus.none(
        config.attachments().enabled(), missing ? Optional.of(why) : Optional.empty());
  }

  /// With an index in `folder`, which is made when there is something to index. The text of
  /// attachments is read by `program`, when that is wanted.
  public static MailSearch in(
      Path folder, Accounts accounts, SearchConfig config, Optional<ExtractorProgram> program) {
    Path attached = ofAttachments(folder);
    if (!config.attachments().enabled()) {
      boolean _ = IndexPlace.delete(attached);
    }
    return new MailSearch(
        IndexPlace.in(folder), IndexPlace.in(attached), accounts, config, program);
  }

  public static MailSearch in(Path folder, Accounts accounts, SearchConfig config) {
    return in(folder, accounts, config, Optional.empty());
  }

  public static MailSearch inMemory(
      Accounts accounts, SearchConfig config, Optional<ExtractorProgram> program) {
    return new MailSearch(IndexPlace.inMemory(), IndexPlace.inMemory(), accounts, config, program);
  }

  public static MailSearch inMemory(Accounts accounts, SearchConfig config) {
    return inMemory(accounts, config, Optional.empty());
  }

  /// Knows nothing, so that everything is looked through.
  public static MailSearch withoutIndex(SearchConfig config) {
    return new MailSearch(config);
  }

  /// The same, where there was an index before mail was encrypted: it goes, since the words of the
  /// emails lie in it in clear. Throws [StorageUnavailable] when it stays.
  public static MailSearch withoutIndex(SearchConfig config, Path leftOver) {
    boolean ofEmails = IndexPlace.delete(leftOver);
    boolean ofAttachments = IndexPlace.delete(ofAttachments(leftOver));
    if (ofEmails || ofAttachments) {
      log.atWarn().addKeyValue("folder", leftOver).log("search-index-in-clear-deleted");
    }
    return withoutIndex(config);
  }

  private static Path ofAttachments(Path folder) {
    return folder.resolveSibling(folder.getFileName() + "-attachments");
  }

  /// Begins to follow the accounts.
  public void start() {
    followed.ifPresent(it -> it.following.start());
    attachments.ifPresent(AttachmentSearch::start);
  }

  /// For an email that has the text in one of two areas, [Found#or] joins two answers.
  public Found find(Account account, Area area, Needle needle) {
    return ask(
        account, Found.NOTHING, (index, epoch) -> index.find(account.id(), epoch, area, needle));
  }

  /// How near emails are to words that may be spelled otherwise. Of those that are near at all, at
  /// most `max` are known afterwards.
  public FuzzyFound find(Account account, Area area, FuzzyNeedle needle, int max) {
    return ask(
        account,
        FuzzyFound.NOTHING,
        (index, epoch) -> index.findFuzzy(account.id(), epoch, area, needle, max));
  }

  /// In a field of the header.
  public Found findInField(Account account, String field, Needle needle) {
    return ask(
        account,
        Found.NOTHING,
        (index, epoch) -> {
          Found named = index.find(account.id(), epoch, Area.HEADER, new Needle(field + ":"));
          return needle.folded().isBlank()
              ? named.andMaybe(named)
              : named.andMaybe(index.find(account.id(), epoch, Area.HEADER, needle));
        });
  }

  /// Whether the text of attachments is found.
  public boolean readsAttachments() {
    return attachments.isPresent();
  }

  /// The emails of which an attachment has the text's words beside each other, as far as they were
  /// read: nobody waits for that, and no scan of an email sees it. What stands between the words
  /// and around them counts less than in [#find].
  public Found findAttached(Account account, Needle needle) {
    if (attachments.isEmpty()) {
      return Found.NONE;
    }
    try {
      attachments.get().wanted(account);
      return onOwnThread(() -> attachments.get().find(account, needle));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Found.NONE;
    } catch (ExecutionException | RuntimeException e) {
      log.atWarn().addKeyValue("account", account.id()).setCause(e).log("search-without-index");
      return Found.NONE;
    }
  }

  /// How it is with the text of attachments.
  public AttachmentStatus attachments() {
    return attachments.map(AttachmentSearch::status).orElse(without);
  }

  private interface Question<R> {
    R ask(IndexReading index, int epoch);
  }

  private <R> R ask(Account account, R nothing, Question<R> question) {
    if (followed.isEmpty()) {
      return nothing;
    }
    IndexReading index = followed.get().reading;
    Following following = followed.get().following;
    Standing standing = account.standing();
    try {
      following.used();
      boolean known =
          following.reached(account.id()).epoch() == standing.epoch()
              && index.progress(account.id()).lastEmailId() >= standing.lastEmailId();
      if (!known
          && !following.await(account, followed.get().waitLimit)
          && following.reached(account.id()).equals(Point.START)) {
        return nothing;
      }
      return onOwnThread(() -> question.ask(index, standing.epoch()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return nothing;
    } catch (ExecutionException | RuntimeException e) {
      log.atWarn().addKeyValue("account", account.id()).setCause(e).log("search-without-index");
      return nothing;
    }
  }

  private <R> R onOwnThread(Callable<R> question) throws InterruptedException, ExecutionException {
    Future<R> answer = searchers.submit(question);
    return answer.get();
  }

  /// Empty when there is no index.
  public Optional<Status> status() {
    return followed.map(it -> {
      Following.Status now = it.following.status();
      return new Status(
          it.reading.emails(),
          it.index.sizeBytes(),
          now.waiting(),
          emailsWaiting(it),
          now.lag(),
          now.compared());
    });
  }

  private static long emailsWaiting(Followed followed) {
    long emails = 0;
    for (AccountId id : followed.following.waiting(COUNTED_MAX)) {
      long known = followed.reading.progress(id).lastEmailId();
      long there = followed.accounts.standing(id).map(Standing::lastEmailId).orElse(0L);
      emails += Math.max(0, there - known);
    }
    return emails;
  }

  /// Makes the index anew, in the background; searches find the same in the meantime.
  public void rebuild() {
    followed.ifPresent(it -> it.index.clear());
    attachments.ifPresent(AttachmentSearch::rebuild);
  }

  private void compareAgain() {
    followed.ifPresent(it -> it.following.compareAgain());
  }

  /// Ends the work under way. The accounts are closed after this.
  @Override
  public void close() {
    attachments.ifPresent(AttachmentSearch::close);
    followed.ifPresent(it -> it.following.close());
    searchers.shutdown();
    followed.ifPresent(it -> it.index.close());
  }
}
