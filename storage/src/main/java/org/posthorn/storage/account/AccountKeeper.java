package org.posthorn.storage.account;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;

/// How an account is read, changed and written by the one owner of its partition: contents are
/// durable before the rows that name them, and whoever listens is woken when both are. Used by
/// whoever leads a round of changes.
final class AccountKeeper implements PartitionOwner.Keeper<AccountState, Draft> {
  private final Engine engine;
  private final ContentStore contents;
  private final InstantSource clock;
  private final Draft.Surroundings around;
  private final Set<Bell> bells;
  private final Consumer<AccountId> changed;

  /// The state that all can see: what is unwritten in it is written.
  private volatile @Nullable AccountState published;

  private volatile boolean gone;

  /// `bells` are rung after every change, and `changed` is told.
  AccountKeeper(
      Engine engine,
      ContentStore contents,
      InstantSource clock,
      Draft.Surroundings around,
      Set<Bell> bells,
      Consumer<AccountId> changed) {
    this.engine = engine;
    this.contents = contents;
    this.clock = clock;
    this.around = around;
    this.bells = bells;
    this.changed = changed;
  }

  /// From now on it is not read any more.
  void gone() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }

  /// Throws [MailboxException.AccountGone] where it is.
  void checkThere() {
    if (gone) {
      throw new MailboxException.AccountGone(around.id());
    }
  }

  /// The rows of a first change, for an account that is not there yet.
  Batch firstRows(Actor actor, Account.Edit<?> edit) {
    var draft = new Draft(AccountState.empty(), new Unwritten(), clock.instant(), around);
    edit.apply(draft.by(actor));
    return draft.finish().map(PartitionOwner.Step::rows).orElseThrow();
  }

  @Override
  public AccountState load(Engine from, Partition partition) {
    checkThere();
    Keys.LARGE_CHANGE.recover(from, partition);
    return around.rows().state(around.id());
  }

  @Override
  public Draft draft(AccountState state) {
    Unwritten unwritten = state == published ? new Unwritten() : state.unwritten();
    return new Draft(state, unwritten, clock.instant(), around);
  }

  @Override
  public Optional<PartitionOwner.Step<AccountState>> finish(Draft draft) {
    return draft
        .finish()
        .map(step ->
            new PartitionOwner.Step<>(
                step.state(), Keys.LARGE_CHANGE.whole(step.rows(), engine.limits())));
  }

  @Override
  public List<Cargo> beforeCommit(List<Draft> drafts) {
    var named = new LinkedHashSet<ContentId>();
    var notes = new ArrayList<Note>();
    for (Draft draft : drafts) {
      named.addAll(draft.contents());
      notes.addAll(draft.notes());
    }
    if (!notes.isEmpty()) {
      contents.note(notes);
    }
    return contents.cargo(named);
  }

  @Override
  public void published(AccountState before, AccountState after) {
    published = after;
    around.quotas().published(around.id(), after.row());
    after.names().readers().values().forEach(Reader::written);
    for (Mailbox mailbox : after.mailboxes()) {
      Spine spine = mailbox.spine();
      if (spine != null && before.find(mailbox.id()) != mailbox) {
        around.views().kept(new Views.Place(around.id(), mailbox.id()), spine);
      }
    }
    bells.forEach(Bell::ring);
    changed.accept(around.id());
  }
}
