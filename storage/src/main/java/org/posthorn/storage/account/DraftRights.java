package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.storage.engine.Batch;

/// What a draft does to the rights that others have in mailboxes (RFC 4314). Confined to the
/// draft's thread.
final class DraftRights {
  /// So many entries more there are at most while users get other names, until those before go.
  private static final int RENAMED_MAX = 30;

  private final Edited<Map<Integer, Acl>> acls;
  private final DraftEvents events;
  private final Batch rows;

  DraftRights(Map<Integer, Acl> base, DraftEvents events, Batch rows) {
    this.acls = new Edited<>(base, HashMap::new);
    this.events = events;
    this.rows = rows;
  }

  Map<Integer, Acl> now() {
    return acls.now();
  }

  Acl of(MailboxId mailbox) {
    return acls.now().getOrDefault(mailbox.value(), Acl.EMPTY);
  }

  void set(MailboxId mailbox, String identifier, Rights rights) {
    set(mailbox, identifier, rights, Acl.ENTRIES_MAX);
  }

  private void set(MailboxId mailbox, String identifier, Rights rights, int most) {
    int id = mailbox.value();
    Acl before = of(mailbox);
    Acl after = before.with(identifier, rights);
    if (after.equals(before)) {
      return;
    }
    int bytes = identifier.getBytes(StandardCharsets.UTF_8).length;
    boolean isMore = after.entries().size() > before.entries().size();
    if ((isMore && after.entries().size() > most) || bytes > Acl.IDENTIFIER_MAX_BYTES) {
      throw new MailboxException.LimitReached(
          "At most " + Acl.ENTRIES_MAX + " have rights in a mailbox: use a group");
    }
    if (after.isEmpty()) {
      acls.writable().remove(id);
      rows.delete(Keys.acl(id));
    } else {
      acls.writable().put(id, after);
      rows.put(Keys.acl(id), after.encode());
    }
    events.add(new Change.AclSet(mailbox, identifier, before.of(identifier), rights));
  }

  /// What one of two names has, the other one gets too, as one who takes something away as well.
  void giveAlso(MailboxId mailbox, String from, String to) {
    for (String sign : List.of("", String.valueOf(Acl.NEGATIVE))) {
      Rights rights = of(mailbox).of(sign + from);
      if (!rights.isEmpty()) {
        set(mailbox, sign + to, rights, Acl.ENTRIES_MAX + RENAMED_MAX);
      }
    }
  }

  /// RFC 4314 §4: a new mailbox begins as the one above it.
  void inherit(MailboxId made, MailboxId above) {
    of(above)
        .entries()
        .forEach((who, rights) -> set(made, who, rights, Acl.ENTRIES_MAX + RENAMED_MAX));
  }

  void forget(MailboxId mailbox) {
    List.copyOf(of(mailbox).entries().keySet()).forEach(who -> set(mailbox, who, Rights.NONE));
  }
}
