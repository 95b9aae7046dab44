package org.posthorn.storage.account;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;

/// Has accounts looked through and repaired, also such as cannot be opened: beside the changes of
/// an account as far as they leave the time, and amid them. Safe for use by many threads.
final class AccountCheckup {
  private static final int UNDISTURBED_TRIES = 3;

  private final Accounts accounts;
  private final Engine engine;
  private final ContentStore contents;
  private final InstantSource clock;

  AccountCheckup(Accounts accounts, Engine engine, ContentStore contents, InstantSource clock) {
    this.accounts = accounts;
    this.engine = engine;
    this.contents = contents;
    this.clock = clock;
  }

  /// Looks through an account for what does not fit together; tells `progress` how many emails it
  /// has looked at. Empty when there is no such account.
  Optional<ConsistencyWalk.Report> verify(
      AccountId id, ConsistencyWalk.Depth depth, LongConsumer progress) {
    Optional<Account> sound = accounts.findIfSound(id);
    if (sound.isEmpty() && engine.readableVersion(Rows.partition(id)) > 0) {
      return ConsistencyWalk.ofRows(id, accounts.rows(id), contents)
          .map(walk -> walk.report(depth, progress));
    }
    return sound
        .map(account -> {
          for (int i = 0; i < UNDISTURBED_TRIES; i++) {
            Optional<ConsistencyWalk> walk = ConsistencyWalk.ofRows(id, account.rows(), contents);
            if (walk.isPresent()) {
              return walk.get();
            }
          }
          return account.alone(
              () -> ConsistencyWalk.ofRows(id, account.rows(), contents).orElseThrow());
        })
        .map(walk -> walk.report(depth, progress));
  }

  /// Puts right what can be derived; says what was done. Empty when there is no such account.
  Optional<List<String>> repair(AccountId id, String owner) {
    if (engine.head(Rows.partition(id)).version() == 0) {
      return Optional.empty();
    }
    Optional<Account> account = accounts.findIfSound(id);
    if (account.isEmpty()) {
      // It cannot be opened, so nobody changes it.
      return Optional.of(repairOnce(id, owner));
    }
    // What a repair writes makes changes that wait with it begin anew, and itself too.
    var done = new ArrayList<String>();
    try {
      return Optional.of(
          account
              .get()
              .alone(() -> {
                done.addAll(repairOnce(id, owner));
                return List.copyOf(done);
              }));
    } finally {
      account.get().forget();
    }
  }

  private List<String> repairOnce(AccountId id, String owner) {
    return new Repair(engine, id, contents, clock.instant(), accounts.rows(id)).run(owner);
  }
}
