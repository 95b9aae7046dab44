package org.posthorn.storage.directory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;

/// What of mailing lists waits for somebody's answer, and into how many parts posts were cut. Safe
/// for use by many threads.
public final class ListDesk {
  private static final Duration PENDING_KEPT = Duration.ofDays(3);
  private static final Duration RUNS_KEPT = Duration.ofDays(10);
  private static final int TOKEN_LENGTH = 16;
  private static final int PAGE = 500;

  /// More who have not confirmed that they want to join, and nobody else is asked: more than there
  /// are letters in the time that they have.
  private static final int PENDING_MAX = 25_000;

  /// More posts than these no moderator looks at, and they would fill the store.
  public static final int HELD_MAX = 1_000;

  /// So many posts are looked for in the queue when there are that many.
  private static final int LOOKED_FOR = 50;

  private static final Duration UNDER_WAY = Duration.ofMinutes(10);

  private final ListBook lists;
  private final Engine engine;

  ListDesk(ListBook lists, Engine engine) {
    this.lists = lists;
    this.engine = engine;
  }

  /// Somebody who is to confirm that he wants to be subscribed, or `leaving` to be no longer.
  public record Pending(String token, MailAddress address, boolean leaving, Instant until) {}

  public enum Verdict {
    WAITING,
    APPROVED,
    REJECTED
  }

  /// A post that waits for a moderator, in the queue as `mail`, `since` then or since somebody
  /// decided. Who has the token may decide.
  public record Held(
      String token,
      MailId mail,
      String from,
      String subject,
      long sizeBytes,
      Instant since,
      String why,
      Verdict verdict,
      String reason) {
    /// One that begins to wait, with a token that nobody knows.
    public static Held waiting(
        MailId mail, String from, String subject, long sizeBytes, Instant since, String why) {
      String token = ListRows.random(TOKEN_LENGTH);
      return new Held(token, mail, from, subject, sizeBytes, since, why, Verdict.WAITING, "");
    }

    Held decided(Verdict other, String because, Instant now) {
      return new Held(token, mail, from, subject, sizeBytes, now, why, other, because);
    }
  }

  /// Notes that `address` is to be asked. The same token while it is asked already; empty when too
  /// many are who want to join.
  public Optional<Pending> ask(
      MailingList list, MailAddress address, boolean leaving, Instant now) {
    return change(
        list,
        draft -> {
          List<Pending> same = new ArrayList<>();
          for (Pending one : pending(list)) {
            if (!now.isBefore(one.until())) {
              draft.delete(key(ListRows.PENDING, list, one.token()));
            } else if (one.leaving() == leaving) {
              same.add(one);
            }
          }
          Optional<Pending> before =
              same.stream()
                  .filter(one -> one.address().toString().equalsIgnoreCase(address.toString()))
                  .findFirst();
          if (before.isPresent() || (!leaving && same.size() >= PENDING_MAX)) {
            return before;
          }
          var asked =
              new Pending(ListRows.random(TOKEN_LENGTH), address, leaving, now.plus(PENDING_KEPT));
          draft.put(key(ListRows.PENDING, list, asked.token()), ListRows.pending(asked));
          return Optional.of(asked);
        });
  }

  /// What somebody confirms who has the token, which counts until the question is forgotten.
  public Optional<Pending> asked(MailingList list, String token, Instant now) {
    return row(ListRows.PENDING, list, token)
        .map(value -> ListRows.pending(token, value))
        .filter(one -> now.isBefore(one.until()));
  }

  public void forget(MailingList list, Pending pending) {
    var _ =
        change(
            list,
            draft -> {
              draft.delete(key(ListRows.PENDING, list, pending.token()));
              return draft;
            });
  }

  private List<Pending> pending(MailingList list) {
    List<Pending> all = new ArrayList<>();
    scan(
        ListRows.PENDING,
        list,
        row -> all.add(ListRows.pending(ListRows.rest(row.key()), row.value())));
    return all;
  }

  /// Notes that a post waits: the first time for each mail, and as before ever after. Empty when
  /// [#HELD_MAX] wait. What was decided long ago is forgotten, and when there are many, some of
  /// those whose mails are not `there` any more, such as an operator ended in the queue.
  public Optional<Held> hold(MailingList list, Held post, Predicate<MailId> there) {
    return change(
        list,
        draft -> {
          List<Held> all = held(list);
          Optional<Held> before =
              all.stream().filter(one -> one.mail().equals(post.mail())).findFirst();
          if (before.isPresent()) {
            return before;
          }
          Set<Held> over = over(all, post.since(), there);
          over.forEach(one -> draft.delete(key(ListRows.HELD, list, one.token())));
          all.removeAll(over);
          if (all.stream().filter(one -> one.verdict() == Verdict.WAITING).count() >= HELD_MAX) {
            return Optional.empty();
          }
          draft.put(key(ListRows.HELD, list, post.token()), ListRows.held(post));
          return Optional.of(post);
        });
  }

  /// A mail that came a moment ago may not be in the queue yet. Others are looked for by chance, so
  /// that each is in the end and no post takes long.
  private static Set<Held> over(List<Held> all, Instant now, Predicate<MailId> there) {
    Set<Held> over = new HashSet<>();
    List<Held> doubtful = new ArrayList<>();
    for (Held one : all) {
      if (one.verdict() != Verdict.WAITING && one.since().plus(RUNS_KEPT).isBefore(now)) {
        over.add(one);
      } else if (one.since().plus(UNDER_WAY).isBefore(now)) {
        doubtful.add(one);
      }
    }
    if (all.size() - over.size() >= HELD_MAX) {
      Collections.shuffle(doubtful);
      doubtful.stream().limit(LOOKED_FOR).filter(one -> !there.test(one.mail())).forEach(over::add);
    }
    return over;
  }

  /// In no order.
  public List<Held> held(MailingList list) {
    List<Held> all = new ArrayList<>();
    scan(ListRows.HELD, list, row -> all.add(ListRows.held(ListRows.rest(row.key()), row.value())));
    return all;
  }

  public Optional<Held> held(MailingList list, String token) {
    return row(ListRows.HELD, list, token)
        .map(value -> ListRows.held(AddressBook.canonical(token), value));
  }

  /// The first word counts. Empty when it is not there any more.
  public Optional<Held> decide(
      MailingList list, String token, Verdict verdict, String reason, Instant now) {
    return change(
        list,
        draft -> {
          Optional<Held> before = held(list, token);
          if (before.filter(one -> one.verdict() == Verdict.WAITING).isEmpty()) {
            return before;
          }
          Held after = before.get().decided(verdict, reason, now);
          draft.put(key(ListRows.HELD, list, after.token()), ListRows.held(after));
          return Optional.of(after);
        });
  }

  /// Forgets it.
  public void drop(MailingList list, Held held) {
    var _ =
        change(
            list,
            draft -> {
              draft.delete(key(ListRows.HELD, list, held.token()));
              return draft;
            });
  }

  /// Into how many parts a post is cut: `wanted` the first time, and the same ever after, whatever
  /// has become of the list.
  public int parts(MailingList list, MailId mail, int wanted, Instant now) {
    Optional<byte[]> before = row(ListRows.RUN, list, mail.value());
    if (before.isPresent()) {
      return ListRows.run(before.get()).parts();
    }
    return change(
        list,
        draft -> {
          scan(
              ListRows.RUN,
              list,
              row -> {
                if (ListRows.run(row.value()).since().plus(RUNS_KEPT).isBefore(now)) {
                  draft.delete(row.key());
                }
              });
          draft.put(
              key(ListRows.RUN, list, mail.value()), ListRows.run(new ListRows.Run(wanted, now)));
          return wanted;
        });
  }

  private <R> R change(MailingList list, Function<DomainDraft, R> edit) {
    return lists.change(
        list.address(),
        draft -> {
          if (!draft.there().lists().has(list.address().localPart())) {
            throw new DirectoryException.NoSuchList(list.address());
          }
          return edit.apply(draft);
        });
  }

  private Optional<byte[]> row(byte kind, MailingList list, String rest) {
    return engine.get(
        DomainRows.partition(list.address().domain()),
        key(kind, list, kind == ListRows.RUN ? rest : AddressBook.canonical(rest)));
  }

  private void scan(byte kind, MailingList list, Consumer<Page.Row> action) {
    String name = list.address().localPart();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          engine.scan(
              DomainRows.partition(list.address().domain()),
              ListRows.key(kind, name, ""),
              ListRows.end(kind, name),
              PAGE,
              false,
              resume);
      page.rows().forEach(action);
      resume = page.resume();
    } while (resume.isPresent());
  }

  private static byte[] key(byte kind, MailingList list, String rest) {
    return ListRows.key(kind, list.address().localPart(), rest);
  }
}
