package org.posthorn.storage.account;

import java.util.function.Consumer;
import java.util.function.Function;

/// What limits accounts beside what their own rows say, and who hears when one gets full. Safe for
/// use by many threads.
public final class Quotas {
  private final QuotaConfig config;
  private volatile Function<String, QuotaLimits> ofOwners = _ -> QuotaLimits.NONE;
  private volatile Consumer<AccountId> watcher = _ -> {};
  private volatile boolean lifted;

  Quotas(QuotaConfig config) {
    this.config = config;
  }

  /// From now on `limitsOfOwners` says what counts for accounts that say nothing themselves, by the
  /// login of their owner; where it says nothing too, the configuration does. Is asked with every
  /// change, so it answers from memory.
  public void lookUp(Function<String, QuotaLimits> limitsOfOwners) {
    ofOwners = limitsOfOwners;
  }

  /// From now on nothing counts but what accounts say themselves: for whoever brings back mail that
  /// was there before.
  public void lift() {
    lifted = true;
  }

  /// From now on `ear` hears of every account whose user should be warned, with each change of it
  /// until that is done. Must not block.
  public void watch(Consumer<AccountId> ear) {
    watcher = ear;
  }

  /// What counts where `own` says nothing.
  QuotaLimits others(QuotaLimits own, String owner) {
    return lifted || (own.bytes() > 0 && own.messages() > 0)
        ? QuotaLimits.NONE
        : ofOwners.apply(owner).or(config.limits());
  }

  Quota of(AccountRow row) {
    QuotaLimits own = row.quota();
    return Quota.of(row.usedBytes(), row.usedMessages(), own.or(others(own, row.owner())));
  }

  /// The highest of the warnings that are called for; 0: none.
  int warning(Quota quota) {
    return config.warning(quota.percent());
  }

  /// An account is now as `row` says.
  void published(AccountId account, AccountRow row) {
    if (warning(of(row)) > row.warnedPercent()) {
      watcher.accept(account);
    }
  }
}
