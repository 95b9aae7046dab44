package org.posthorn.storage.account;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Finds what makes an account, or a part of it, what it was: from the state of now and what was
/// done since, and changes nothing. Used by one thread, for one plan.
final class RestorePlanner {
  private final AccountState now;
  private final Aftermath past;
  private final long version;
  private final Reader reader;
  private final List<RestoreStep> structure = new ArrayList<>();
  private final List<RestoreStep> takenOut = new ArrayList<>();
  private final List<RestoreStep> flagged = new ArrayList<>();
  private final List<RestoreStep> broughtBack = new ArrayList<>();

  /// How the planner reads messages, of the state that it plans for.
  interface Reader {
    Spine spine(Mailbox mailbox);

    /// What changes after a version took out of a mailbox, in the order of those changes.
    List<Vanished> lost(int mailbox, long after);
  }

  /// Which messages leave a mailbox that were not there.
  private enum Leaving {
    NONE,
    /// Those that were elsewhere in the account.
    MOVED,
    ALL
  }

  RestorePlanner(AccountState now, Aftermath past, long version, Reader reader) {
    this.now = now;
    this.past = past;
    this.version = version;
    this.reader = reader;
  }

  List<RestoreStep> plan(RestoreWish.Scope scope, boolean exact) {
    switch (scope) {
      case RestoreWish.Everything _ -> everything(exact);
      case RestoreWish.OneMailbox(var name) -> oneMailbox(name, exact);
      case RestoreWish.OneMessage(var email) -> oneMessage(email);
    }
    var steps = new ArrayList<>(structure);
    steps.addAll(takenOut);
    steps.addAll(flagged);
    steps.addAll(broughtBack);
    return steps;
  }

  private void everything(boolean exact) {
    Leaving leaving = exact ? Leaving.ALL : Leaving.MOVED;
    long firstNewEmail = firstNewEmail();
    Map<Integer, Mailbox> standing = standing();
    Set<Integer> spoken = new HashSet<>();
    standing.values().forEach(mailbox -> spoken.add(mailbox.id()));
    List<Mailbox> aside = new ArrayList<>();
    for (Mailbox mailbox : now.mailboxes()) {
      if (!spoken.contains(mailbox.id())) {
        if (exact || !holds(mailbox, firstNewEmail)) {
          structure.add(
              new RestoreStep.RemoveMailbox(
                  new MailboxId(mailbox.id()), mailbox.row().name(), mailbox.row().messages()));
        } else {
          aside.add(mailbox);
        }
      }
    }
    Map<Integer, MailboxName> named = renames(standing, aside);
    uses(standing, aside);
    past.names()
        .forEach((id, name) -> {
          Mailbox there = standing.get(id);
          if (there == null) {
            structure.add(new RestoreStep.CreateMailbox(name, past.use(id)));
          }
          content(id, there, name, leaving, firstNewEmail, _ -> true);
        });
    for (Mailbox mailbox : aside) {
      MailboxName name = named.getOrDefault(mailbox.id(), mailbox.row().name());
      content(0, mailbox, name, leaving, firstNewEmail, _ -> true);
    }
    subscriptions();
  }

  /// Which mailbox of now stands for one of then: the same, or where it was deleted the one that
  /// was made since under its name.
  private Map<Integer, Mailbox> standing() {
    Map<Integer, Mailbox> standing = new HashMap<>();
    past.names().forEach((id, name) -> standsFor(id, name).ifPresent(m -> standing.put(id, m)));
    return standing;
  }

  private Optional<Mailbox> standsFor(int id, MailboxName name) {
    Mailbox same = now.find(id);
    return same != null
        ? Optional.of(same)
        : now.find(name).filter(other -> !past.names().containsKey(other.id()));
  }

  /// Names go back; a mailbox that was made since and stays gives way. Answers with the new names.
  private Map<Integer, MailboxName> renames(Map<Integer, Mailbox> standing, List<Mailbox> aside) {
    Map<Integer, MailboxName> named = new TreeMap<>();
    Set<MailboxName> taken = new HashSet<>(past.names().values());
    aside.forEach(mailbox -> taken.add(mailbox.row().name()));
    standing.forEach((id, mailbox) -> {
      MailboxName then = past.names().get(id);
      if (then != null && !then.equals(mailbox.row().name())) {
        named.put(mailbox.id(), then);
      }
    });
    for (Mailbox mailbox : aside) {
      if (past.names().containsValue(mailbox.row().name())) {
        MailboxName free = free(mailbox.row().name(), taken);
        taken.add(free);
        named.put(mailbox.id(), free);
      }
    }
    named.forEach((id, to) -> structure.add(rename(id, to)));
    return named;
  }

  private void uses(Map<Integer, Mailbox> standing, List<Mailbox> aside) {
    Set<Optional<SpecialUse>> taken = new HashSet<>();
    past.names()
        .forEach((id, name) -> {
          Optional<SpecialUse> then = past.use(id);
          taken.add(then);
          Mailbox there = standing.get(id);
          if (there != null && !there.row().use().equals(then)) {
            structure.add(new RestoreStep.ChangeUse(new MailboxId(there.id()), name, then));
          }
        });
    for (Mailbox mailbox : aside) {
      MailboxRow row = mailbox.row();
      if (row.use().isPresent() && taken.contains(row.use())) {
        structure.add(
            new RestoreStep.ChangeUse(new MailboxId(row.id()), row.name(), Optional.empty()));
      }
    }
  }

  private RestoreStep rename(int id, MailboxName to) {
    Mailbox mailbox = now.find(id);
    MailboxName from = mailbox == null ? to : mailbox.row().name();
    return new RestoreStep.RenameMailbox(new MailboxId(id), from, to);
  }

  private void subscriptions() {
    for (MailboxName name : past.subscriptions()) {
      if (!now.names().subscriptions().contains(name)) {
        structure.add(new RestoreStep.Subscribe(name, true));
      }
    }
    for (MailboxName name : now.names().subscriptions()) {
      if (!past.subscriptions().contains(name)) {
        structure.add(new RestoreStep.Subscribe(name, false));
      }
    }
  }

  private void oneMailbox(MailboxName name, boolean exact) {
    int id = idOf(name);
    MailboxName then = past.names().getOrDefault(id, name);
    Optional<Mailbox> there = standsFor(id, then);
    MailboxName after =
        there.map(mailbox -> named(id, mailbox, then)).orElseGet(() -> create(id, then));
    if (past.subscriptions().contains(then) && !now.names().subscriptions().contains(after)) {
      structure.add(new RestoreStep.Subscribe(after, true));
    }
    content(id, there.orElse(null), after, exact ? Leaving.ALL : Leaving.NONE, 0, _ -> true);
  }

  /// A mailbox that is there gets its name back, unless another has it now, and its use.
  private MailboxName named(int id, Mailbox mailbox, MailboxName then) {
    MailboxName name = mailbox.row().name();
    if (!name.equals(then) && now.find(then).isEmpty()) {
      structure.add(rename(mailbox.id(), then));
      name = then;
    }
    if (!mailbox.row().use().equals(past.use(id))) {
      structure.add(new RestoreStep.ChangeUse(new MailboxId(mailbox.id()), name, past.use(id)));
    }
    return name;
  }

  private int idOf(MailboxName name) {
    for (Map.Entry<Integer, MailboxName> mailbox : past.names().entrySet()) {
      if (mailbox.getValue().equals(name)) {
        return mailbox.getKey();
      }
    }
    return now.find(name)
        .map(Mailbox::id)
        .filter(past.names()::containsKey)
        .orElseThrow(() -> new MailboxException.NotFound(name + " at version " + version));
  }

  private MailboxName create(int id, MailboxName then) {
    MailboxName name = free(then, now.names().mailboxes().keySet());
    structure.add(new RestoreStep.CreateMailbox(name, past.use(id)));
    return name;
  }

  private void oneMessage(long email) {
    past.names()
        .forEach((id, then) -> {
          if (past.touched(id).isEmpty()) {
            return;
          }
          Optional<Mailbox> there = standsFor(id, then);
          int before = broughtBack.size();
          MailboxName name =
              there
                  .map(mailbox -> mailbox.row().name())
                  .orElseGet(() -> free(then, now.names().mailboxes().keySet()));
          content(id, there.orElse(null), name, Leaving.NONE, 0, other -> other == email);
          if (there.isEmpty() && broughtBack.size() > before) {
            structure.add(new RestoreStep.CreateMailbox(name, past.use(id)));
          }
        });
  }

  /// The messages of one mailbox: `id` of then (0: there was none), `there` now (null: there is
  /// none), `name` in the end. Only emails that are `wanted`.
  private void content(
      int id,
      @Nullable Mailbox there,
      MailboxName name,
      Leaving leaving,
      long firstNewEmail,
      LongPredicate wanted) {
    boolean same = there != null && there.id() == id;
    Optional<Aftermath.Touched> touched = past.touched(id);
    if (same && touched.isEmpty()) {
      return;
    }
    Spine spine = there == null ? Spine.EMPTY : reader.spine(there);
    long firstNewUid = same ? touched.map(Aftermath.Touched::firstNewUid).orElse(0L) : 0;
    List<Vanished> lost = touched.map(t -> lost(id, t, wanted)).orElse(List.of());
    Map<Flags, LongStream.Builder> flags = new LinkedHashMap<>();
    if (same) {
      touched.ifPresent(t -> flagsBack(spine, t, wanted, flags));
    }
    int first = spine.indexOf(firstNewUid);
    var newcomers = new Newcomers(spine, first < 0 ? -first - 1 : first);
    List<Vanished> missing = newcomers.matched(lost, flags);
    flags.forEach((to, uids) ->
        flagged.add(new RestoreStep.ChangeFlags(name, UidSet.of(uids.build().toArray()), to)));
    if (!missing.isEmpty()) {
      broughtBack.add(new RestoreStep.BringBack(name, missing));
    }
    UidSet out = newcomers.leaving(leaving, firstNewEmail);
    if (!out.isEmpty()) {
      takenOut.add(new RestoreStep.TakeOut(name, out));
    }
  }

  /// The messages of a mailbox that were not there then.
  private static final class Newcomers {
    private final Spine spine;
    private final int first;
    private final BitSet staying = new BitSet();

    Newcomers(Spine spine, int first) {
      this.spine = spine;
      this.first = first;
    }

    /// Those that are back already, under another UID, stay; answers with the others of `lost`.
    List<Vanished> matched(List<Vanished> lost, Map<Flags, LongStream.Builder> flags) {
      if (lost.isEmpty() || first == spine.size()) {
        return lost;
      }
      Map<Long, Deque<Vanished>> byEmail = new HashMap<>();
      lost.forEach(message ->
          byEmail.computeIfAbsent(message.emailId(), _ -> new ArrayDeque<>(1)).add(message));
      Set<Vanished> back = new HashSet<>();
      for (int i = first; i < spine.size(); i++) {
        Placement there = spine.placement(i);
        Deque<Vanished> same = byEmail.get(there.emailId());
        if (same != null && !same.isEmpty()) {
          Vanished message = same.remove();
          back.add(message);
          staying.set(i);
          if (!there.flags().equals(message.flags())) {
            note(flags, message.flags(), there.uid());
          }
        }
      }
      return lost.stream().filter(message -> !back.contains(message)).toList();
    }

    UidSet leaving(Leaving leaving, long firstNewEmail) {
      var out = LongStream.builder();
      for (int i = leaving == Leaving.NONE ? spine.size() : first; i < spine.size(); i++) {
        Placement there = spine.placement(i);
        if (!staying.get(i) && (leaving == Leaving.ALL || there.emailId() < firstNewEmail)) {
          out.add(there.uid());
        }
      }
      return UidSet.ofAscending(out.build().toArray());
    }
  }

  /// What was in a mailbox then and was taken out, in UID order, as it was then.
  private List<Vanished> lost(int mailbox, Aftermath.Touched touched, LongPredicate wanted) {
    if (!touched.lost()) {
      return List.of();
    }
    var lost = new TreeMap<Long, Vanished>();
    for (Vanished message : reader.lost(mailbox, version)) {
      if (message.uid() < touched.firstNewUid() && wanted.test(message.emailId())) {
        Flags then = touched.flags().getOrDefault(message.uid(), message.flags());
        lost.put(message.uid(), message.with(then));
      }
    }
    return List.copyOf(lost.values());
  }

  private static void flagsBack(
      Spine spine,
      Aftermath.Touched touched,
      LongPredicate wanted,
      Map<Flags, LongStream.Builder> into) {
    touched
        .flags()
        .forEach((uid, then) -> {
          int index = uid < touched.firstNewUid() ? spine.indexOf(uid) : -1;
          if (index >= 0) {
            Placement placement = spine.placement(index);
            if (!placement.flags().equals(then) && wanted.test(placement.emailId())) {
              note(into, then, uid);
            }
          }
        });
  }

  private static void note(Map<Flags, LongStream.Builder> into, Flags to, long uid) {
    into.computeIfAbsent(to, _ -> LongStream.builder()).add(uid);
  }

  private boolean holds(Mailbox mailbox, long firstNewEmail) {
    Spine spine = mailbox.row().messages() == 0 ? Spine.EMPTY : reader.spine(mailbox);
    for (int i = 0; i < spine.size(); i++) {
      if (spine.placement(i).emailId() >= firstNewEmail) {
        return true;
      }
    }
    return false;
  }

  /// Emails from this number on came in since.
  private long firstNewEmail() {
    Aftermath.MessageAt first = past.firstAppended();
    if (first.mailbox() == 0) {
      return now.row().nextEmailId();
    }
    Mailbox mailbox = now.find(first.mailbox());
    Spine spine = mailbox == null ? Spine.EMPTY : reader.spine(mailbox);
    int index = spine.indexOf(first.uid());
    return index >= 0
        ? spine.placement(index).emailId()
        : reader.lost(first.mailbox(), version).stream()
            .filter(message -> message.uid() == first.uid())
            .mapToLong(Vanished::emailId)
            .findFirst()
            .orElse(now.row().nextEmailId());
  }

  /// The name, or the first that is free: `Work (2)`.
  static MailboxName free(MailboxName name, Set<MailboxName> taken) {
    MailboxName free = name;
    for (int i = 2; taken.contains(free); i++) {
      free = new MailboxName(name.value() + " (" + i + ")");
    }
    return free;
  }
}
