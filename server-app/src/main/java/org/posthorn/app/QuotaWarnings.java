package org.posthorn.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.MailDate;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells users that the room for their mail ends, by a message in their INBOX. The account
/// remembers in the same change that its user was told, so each warning comes once, also after a
/// crash. Works on a thread of its own; safe for use by many threads.
final class QuotaWarnings {
  private static final Logger log = LoggerFactory.getLogger(QuotaWarnings.class);
  private static final Actor ACTOR = new Actor("quota", "server", "");

  /// More than this wait nowhere: they are heard of again with their next change.
  private static final int WAITING_MAX = 10_000;

  private final Accounts accounts;
  private final ContentStore contents;
  private final String hostname;
  private final SequencedSet<AccountId> waiting = new LinkedHashSet<>();
  private final Thread worker = Thread.ofVirtual().name("quota-warnings").unstarted(this::run);
  private boolean closed;

  private QuotaWarnings(Accounts accounts, ContentStore contents, String hostname) {
    this.accounts = accounts;
    this.contents = contents;
    this.hostname = hostname;
  }

  static QuotaWarnings start(Accounts accounts, ContentStore contents, String hostname) {
    var warnings = new QuotaWarnings(accounts, contents, hostname);
    warnings.worker.start();
    accounts.quotas().watch(warnings::hear);
    return warnings;
  }

  private synchronized void hear(AccountId account) {
    if (waiting.size() < WAITING_MAX && waiting.add(account)) {
      notifyAll();
    }
  }

  private void run() {
    for (AccountId next = next(); next != null; next = next()) {
      try {
        accounts.find(next).ifPresent(this::warn);
      } catch (MailboxException gone) {
        log.atDebug().addKeyValue("account", next).setCause(gone).log("no-quota-warning");
      } catch (RuntimeException e) {
        log.atError().addKeyValue("account", next).setCause(e).log("quota-warning-failed");
      }
    }
  }

  /// Null when all has ended.
  private synchronized @Nullable AccountId next() {
    while (waiting.isEmpty() && !closed) {
      try {
        wait();
      } catch (InterruptedException _) {
        // Nobody ends this thread this way.
      }
    }
    return closed ? null : waiting.removeFirst();
  }

  private void warn(Account account) {
    int percent = account.change(ACTOR, AccountDraft::warningDue).orElse(0);
    if (percent == 0) {
      return;
    }
    var warning = new NewEmail(content(account), "", Flags.NONE, Instant.now());
    if (account.change(ACTOR, draft -> draft.warn(warning, percent))) {
      log.atInfo()
          .addKeyValue("account", account.id())
          .addKeyValue("percent", percent)
          .log("quota-warning");
    }
  }

  private StoredContent content(Account account) {
    byte[] text = text(account.owner(), account.quota()).getBytes(StandardCharsets.UTF_8);
    try {
      return contents.write(new ByteArrayInputStream(text));
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String text(String owner, Quota quota) {
    String domain =
        Optional.of(owner.substring(owner.lastIndexOf('@') + 1))
            .filter(name -> !name.isEmpty())
            .orElse(hostname);
    int percent = quota.percent();
    return """
    From: Mail server <postmaster@%s>
    To: %s
    Subject: Your mailbox is %s
    Date: %s
    Message-ID: <%s@%s>
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 8bit

    %s

    %s%s
    To make room, delete messages that you no longer need, large ones first, and
    empty the trash. This message comes once; you get another one when less was
    used in between and the room ends again.
    """
        .formatted(
            domain,
            owner.isEmpty() ? "undisclosed-recipients:;" : "<" + owner + ">",
            percent >= 100 ? "full" : percent + " % full",
            MailDate.format(Instant.now()),
            UUID.randomUUID(),
            hostname,
            percent >= 100
                ? "Your mailbox is full: new messages are refused until there is room."
                : "When your mailbox is full, new messages will be refused.",
            line("Size", quota.usedBytes(), quota.limitBytes(), true),
            line("Messages", quota.usedMessages(), quota.limitMessages(), false))
        .replace("\n", "\r\n");
  }

  /// One figure; empty where there is no limit.
  private static String line(String what, long used, long limit, boolean bytes) {
    return limit == 0
        ? ""
        : "%s: %s of %s (%d %%)%n"
            .formatted(
                what,
                bytes ? megabytes(used) : used,
                bytes ? megabytes(limit) : limit,
                (long) Math.floor(used * 100.0 / limit))
            .replace(System.lineSeparator(), "\n");
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1048576.0);
  }

  /// What waits is told after the next start.
  void close() throws InterruptedException {
    accounts.quotas().watch(_ -> {});
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    worker.join();
  }
}
