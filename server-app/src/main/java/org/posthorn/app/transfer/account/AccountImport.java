package org.posthorn.app.transfer.account;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameReader;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;

/// Takes a stream of mail into an account. Contents are written as they come; many messages become
/// one change, and while it is committed the next ones are read. A message and the row that says
/// that it was imported are in the same change, so the stream may end anywhere and be repeated:
/// what was taken is known, what was not is taken then.
///
/// Used by one thread; commits on a second one.
public final class AccountImport {
  /// As many as mostly fit one commit of the engine.
  private static final int BATCH_MESSAGES = 250;

  /// A slow source is seen in the mailbox all the same.
  private static final long BATCH_NANOS = 500_000_000L;

  private final Account account;
  private final ContentStore contents;
  private final Actor actor;
  private final Consumer<Map<String, Object>> lines;
  private final Map<Integer, MailboxId> folders = new HashMap<>();

  /// Those of which a message was left out.
  private final Set<Integer> unfinished = ConcurrentHashMap.newKeySet();

  private List<Step> batch = new ArrayList<>();
  private List<Problem> problems = new ArrayList<>();
  private long batchBegan;
  private @Nullable Thread committing;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private Counts counts = new Counts(0, 0, 0, 0, 0, 0);

  private sealed interface Step {
    record Append(int folder, MailboxId to, NewEmail email, SourceKey key, String label)
        implements Step {}

    record Flag(SourceKey key, Flags flags) implements Step {}

    record Remove(SourceKey key) implements Step {}

    record Mark(Frame.Mark mark, MailboxId of) implements Step {}
  }

  /// Why a message was left out or is not whole.
  private record Problem(String kind, String label) {}

  private record Counts(
      long imported, long known, long flagged, long removed, long left, long bytes) {
    Counts plus(Counts more) {
      return new Counts(
          imported + more.imported,
          known + more.known,
          flagged + more.flagged,
          removed + more.removed,
          left + more.left,
          bytes + more.bytes);
    }
  }

  /// `lines` takes what is told while it goes on: mailboxes, problems, progress, and in the end a
  /// line with `done`.
  public AccountImport(
      Account account, ContentStore contents, Actor actor, Consumer<Map<String, Object>> lines) {
    this.account = account;
    this.contents = contents;
    this.actor = actor;
    this.lines = lines;
  }

  /// Returns when all is durable. An `IOException` means that the stream ended early: what came
  /// before is imported.
  public void run(InputStream stream) throws IOException, InterruptedException {
    var reader = new FrameReader(stream);
    try {
      boolean more = true;
      while (more) {
        more = take(reader.next(), reader);
      }
    } finally {
      commit();
      await();
    }
    Map<String, Object> end = progress();
    end.put("done", true);
    lines.accept(end);
  }

  private boolean take(Frame frame, FrameReader reader) throws IOException, InterruptedException {
    switch (frame) {
      case Frame.Folder folder -> {
        await();
        open(folder);
      }
      case Frame.Message message -> read(message, reader.contents());
      case Frame.Flagged(var key, var names) -> add(new Step.Flag(key, flags(names, "")));
      case Frame.Removed(var key) -> add(new Step.Remove(key));
      case Frame.Mark mark -> {
        await();
        if (!unfinished.contains(mark.folder())) {
          add(new Step.Mark(mark, folder(mark.folder())));
        }
      }
      case Frame.Subscription(var name) -> {
        await();
        subscribe(name);
      }
      case Frame.Problem(var kind, var label) -> problems.add(new Problem(kind, label));
      case Frame.End _ -> {
        return false;
      }
    }
    return true;
  }

  private void open(Frame.Folder folder) {
    Optional<MailboxId> sameUse = TargetMailbox.withUse(account.mailboxes(), folder.use());
    TargetMailbox target = account.change(actor, draft -> TargetMailbox.of(draft, folder, sameUse));
    folders.put(folder.number(), target.id());
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("mailbox", folder.name());
    line.put("into", target.name().value());
    line.put("made", target.made());
    lines.accept(line);
  }

  private void subscribe(String name) {
    var _ =
        account.change(
            actor,
            draft -> {
              TargetMailbox.subscribe(draft, name);
              return draft;
            });
  }

  private void read(Frame.Message message, InputStream bytes)
      throws IOException, InterruptedException {
    MailboxId to = folder(message.folder());
    if (!account.quota().hasRoomFor(1)) {
      bytes.transferTo(OutputStream.nullOutputStream());
      unfinished.add(message.folder());
      problems.add(new Problem("over-quota", message.label()));
      return;
    }
    StoredContent content;
    try {
      content = contents.write(bytes);
    } catch (FrameReader.Abandoned _) {
      unfinished.add(message.folder());
      return; // Whoever gave up has counted it.
    }
    var email =
        new NewEmail(
            content,
            "",
            flags(message.flags(), message.label()),
            Instant.ofEpochMilli(message.internalMillis()));
    add(new Step.Append(message.folder(), to, email, message.key(), message.label()));
  }

  private MailboxId folder(int number) throws FrameReader.Malformed {
    MailboxId folder = folders.get(number);
    if (folder == null) {
      throw new FrameReader.Malformed("Nothing said which mailbox number " + number);
    }
    return folder;
  }

  /// Names that cannot be flags here are left out.
  private Flags flags(List<String> names, String label) {
    try {
      return Flags.of(names);
    } catch (MailboxException _) {
      var good = new ArrayList<String>();
      for (String name : names) {
        try {
          var _ = Flags.of(name);
          good.add(name);
        } catch (MailboxException _) {
          problems.add(new Problem("keyword-refused", name + " of " + label));
        }
      }
      return Flags.of(good.subList(0, Math.min(good.size(), Flags.KEYWORDS_MAX)));
    }
  }

  private void add(Step step) throws InterruptedException {
    if (batch.isEmpty()) {
      batchBegan = System.nanoTime();
    }
    batch.add(step);
    if (batch.size() >= BATCH_MESSAGES || System.nanoTime() - batchBegan > BATCH_NANOS) {
      await();
      commit();
    }
  }

  /// Commits what was gathered, on a thread of its own.
  private void commit() throws InterruptedException {
    await();
    if (batch.isEmpty() && problems.isEmpty()) {
      return;
    }
    List<Step> steps = batch;
    List<Problem> told = problems;
    batch = new ArrayList<>();
    problems = new ArrayList<>();
    committing =
        Thread.ofVirtual()
            .name("import")
            .start(() -> {
              try {
                make(steps, told);
              } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
              }
            });
  }

  private void await() throws InterruptedException {
    Thread running = committing;
    if (running != null) {
      running.join();
      committing = null;
    }
    Throwable failed = failure.get();
    if (failed instanceof RuntimeException e) {
      throw e;
    }
    if (failed instanceof Error e) {
      throw e;
    }
  }

  private void make(List<Step> steps, List<Problem> told) {
    var edit = account.change(actor, draft -> new Edit(draft).run(steps));
    counts = counts.plus(edit.counts()).plus(new Counts(0, 0, 0, 0, left(told), 0));
    told.forEach(this::tell);
    edit.problems.forEach(this::tell);
    unfinished.addAll(edit.unfinished);
    lines.accept(progress());
  }

  private static long left(List<Problem> told) {
    return told.stream().filter(problem -> problem.kind().equals("over-quota")).count();
  }

  private void tell(Problem problem) {
    lines.accept(Map.of("problem", problem.kind(), "message", problem.label()));
  }

  private Map<String, Object> progress() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("imported", counts.imported());
    line.put("known", counts.known());
    line.put("flagged", counts.flagged());
    line.put("removed", counts.removed());
    line.put("left", counts.left());
    line.put("bytes", counts.bytes());
    return line;
  }

  /// One run of one change: it may run again, so all that it counts begins with it.
  private static final class Edit {
    private final AccountDraft draft;
    private final List<Problem> problems = new ArrayList<>();
    private final Set<Integer> unfinished = new HashSet<>();
    private long imported;
    private long known;
    private long flagged;
    private long removed;
    private long left;
    private long bytes;

    Edit(AccountDraft draft) {
      this.draft = draft;
    }

    Edit run(List<Step> steps) {
      for (Step step : steps) {
        switch (step) {
          case Step.Append append -> append(append);
          case Step.Flag(var key, var flags) -> flagged += draft.followFlags(key, flags) ? 1 : 0;
          case Step.Remove(var key) -> removed += draft.followRemoval(key) ? 1 : 0;
          case Step.Mark(var mark, var of) -> mark(mark, of);
        }
      }
      return this;
    }

    Counts counts() {
      return new Counts(imported, known, flagged, removed, left, bytes);
    }

    private void mark(Frame.Mark mark, MailboxId of) {
      if (!unfinished.contains(mark.folder())) {
        draft.mark(mark.key(), mark.instead(), of);
      }
    }

    private void append(Step.Append step) {
      Optional<MailboxException> refusal = appended(step, step.email());
      if (refusal.isPresent()
          && refusal.get() instanceof MailboxException.LimitReached
          && !step.email().flags().keywords().isEmpty()) {
        problems.add(new Problem("keyword-refused", step.label()));
        refusal = appended(step, withoutKeywords(step.email()));
      }
      refusal.ifPresent(why -> {
        left++;
        unfinished.add(step.folder());
        problems.add(new Problem(kind(why), step.label()));
      });
    }

    private Optional<MailboxException> appended(Step.Append step, NewEmail email) {
      try {
        if (draft.appendOnce(step.to(), email, step.key()).isPresent()) {
          imported++;
          bytes += email.content().sizeBytes();
        } else {
          known++;
        }
        return Optional.empty();
      } catch (MailboxException refusal) {
        return Optional.of(refusal);
      }
    }

    private static NewEmail withoutKeywords(NewEmail email) {
      Flags flags =
          Flags.of(email.flags().names().stream().filter(name -> name.startsWith("\\")).toList());
      return new NewEmail(email.content(), email.prefix(), flags, email.internalDate());
    }

    private static String kind(MailboxException refusal) {
      return switch (refusal) {
        case MailboxException.OverQuota _ -> "over-quota";
        case MailboxException.NotFound _ -> "mailbox-gone";
        case MailboxException.LimitReached _ -> "too-large";
        case MailboxException.AlreadyExists _,
            MailboxException.NotPermitted _,
            MailboxException.Forbidden _,
            MailboxException.HistoryTrimmed _,
            MailboxException.AccountGone _ ->
            "refused";
      };
    }
  }
}
