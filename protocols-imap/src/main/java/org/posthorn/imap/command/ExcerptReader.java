package org.posthorn.imap.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.ExcerptPage;
import org.posthorn.storage.account.Excerpts;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentMissing;

/// The excerpts of some kinds of the emails of a mailbox: from memory, or made of the emails, many
/// at a time where neighbours are wanted. Used by one thread.
final class ExcerptReader {
  private static final int BATCH_MAX = 256;

  /// So many emails are in memory at once: some of them may have large structures.
  private static final int READ_MAX = 64;

  /// How far apart two are that make it worth while to read what is between them.
  private static final int NEAR = 8;

  private final SelectedMailbox mailbox;
  private final Account account;
  private final List<One> kinds = new ArrayList<>();

  /// What was tried to be made last: from one index to another.
  private int triedFrom;

  private int triedTo;
  private int batch = NEAR;

  /// What is known of one kind.
  private static final class One {
    final Excerpt kind;
    final Excerpts.Shelf shelf;
    final Map<Long, ExcerptPage> made = new HashMap<>();
    final Map<Long, Map<Long, byte[]>> fresh = new TreeMap<>();
    @Nullable ExcerptPage current;

    One(Excerpt kind, Excerpts.Shelf shelf) {
      this.kind = kind;
      this.shelf = shelf;
    }

    ExcerptPage page(long number) {
      ExcerptPage page = current;
      if (page == null || page.number() != number) {
        ExcerptPage fresh = made.get(number);
        page = fresh == null ? shelf.find(number) : fresh;
        current = page;
      }
      return page;
    }
  }

  ExcerptReader(SelectedMailbox mailbox, List<? extends Excerpt> kinds) {
    this.mailbox = mailbox;
    this.account = mailbox.account();
    for (Excerpt kind : kinds) {
      this.kinds.add(new One(kind, account.excerpts(kind)));
    }
  }

  /// Where the excerpt is of the email that the client has at `index`: it is not there when the
  /// email is gone or damaged or the excerpt too large. Others up to the index `to` may be wanted
  /// as well.
  ExcerptPage page(int kind, int index, int to) {
    long id = emailId(index);
    One one = kinds.get(kind);
    ExcerptPage page = one.page(ExcerptPage.numberOf(id));
    if (page.has(id) || (index >= triedFrom && index < triedTo)) {
      return page;
    }
    make(index, to);
    return one.page(ExcerptPage.numberOf(id));
  }

  long emailId(int index) {
    return mailbox.viewOf(index).emailId(mailbox.indexIn(index));
  }

  private void make(int from, int to) {
    batch = from - triedTo <= NEAR && from >= triedFrom ? Math.min(batch * 4, BATCH_MAX) : 1;
    triedFrom = from;
    triedTo = Math.max(Math.min(from + batch, to), from + 1);
    if (mailbox.isUpToDate() && triedTo - from > 1) {
      for (int at = from; at < triedTo; at += READ_MAX) {
        make(account.emails(mailbox.told(), at, Math.min(at + READ_MAX, triedTo)));
      }
    } else {
      triedTo = from + 1;
      make(account.email(emailId(from)).stream().toList());
    }
    kinds.forEach(ExcerptReader::keep);
  }

  private void make(List<Email> emails) {
    for (One one : kinds) {
      for (Email email : emails) {
        byte[] excerpt = excerpt(one.kind, email);
        if (excerpt != null) {
          one.fresh
              .computeIfAbsent(ExcerptPage.numberOf(email.id()), _ -> new TreeMap<>())
              .put(email.id(), excerpt);
        }
      }
    }
  }

  private static void keep(One one) {
    one.made.clear();
    one.current = null;
    one.fresh.forEach((number, more) -> {
      ExcerptPage page = one.shelf.find(number).with(more);
      one.shelf.keep(page);
      one.made.put(number, page);
    });
    one.fresh.clear();
  }

  /// Whoever needs one that cannot be made looks at the email, and says what is wrong.
  private byte @Nullable [] excerpt(Excerpt kind, Email email) {
    try {
      return email.structureKnown() ? kind.of(account, email) : null;
    } catch (ContentDamaged | ContentMissing _) {
      return null;
    } catch (StorageUnavailable e) {
      if (!e.isUnreadable()) {
        throw e;
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
