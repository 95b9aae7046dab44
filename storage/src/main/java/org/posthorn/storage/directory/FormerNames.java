package org.posthorn.storage.directory;

import com.google.common.util.concurrent.Striped;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Acl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Names that users and groups have given up, and what others still share with them: nobody is to
/// inherit it who is called the same one day. A name is noted together with the change that gives
/// it up, and until all is taken. Safe for use by many threads.
final class FormerNames {
  private static final Logger log = LoggerFactory.getLogger(FormerNames.class);

  private final Domains domains;
  private final ShareIndex shares;

  /// Whose a name is stays as it is while somebody is given it: what is taken would be theirs. No
  /// change of a domain or an account waits for one.
  private final Striped<Lock> doors = Striped.lock(64);

  FormerNames(Domains domains, ShareIndex shares) {
    this.domains = domains;
    this.shares = shares;
  }

  /// How a group is noted: as it is written in lists of rights.
  static String ofGroup(MailAddress group) {
    return Acl.GROUP + group.writtenLocalPart();
  }

  /// Does something while nothing is taken of names of this domain.
  <R> R alone(Domain domain, Supplier<R> action) {
    Lock door = doors.get(domain);
    door.lock();
    try {
      return action.get();
    } finally {
      door.unlock();
    }
  }

  void note(Domain domain, String name, boolean former) {
    var _ =
        domains.change(
            domain,
            draft -> {
              var _ = draft.there();
              draft.former(name, former);
              return draft;
            });
  }

  /// What others gave to a name that nobody has any more, unless it was taken already. Also what
  /// they gave while the name was given up: who gives rights looks afterwards whether there is
  /// still somebody who has them. The accounts `going` are on their way out with it.
  void takeRights(Domain domain, String name, Set<AccountId> going) {
    var _ =
        alone(
            domain,
            () -> {
              boolean isFormer = isFormer(domain, name);
              if (isFormer) {
                forget(domain, name, going);
                note(domain, name, false);
              }
              return isFormer;
            });
  }

  /// The same, but that the name stays noted: more has to be done before it is free.
  void takeRightsAlready(Domain domain, String name) {
    var _ =
        alone(
            domain,
            () -> {
              boolean isFormer = isFormer(domain, name);
              if (isFormer) {
                forget(domain, name, Set.of());
              }
              return isFormer;
            });
  }

  /// What stands in the way stops nobody: the name goes to nobody else before.
  void takeRightsIfPossible(Domain domain, String name) {
    try {
      takeRights(domain, name, Set.of());
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("name", name + "@" + domain)
          .setCause(e)
          .log("former-rights-not-taken");
    }
  }

  private boolean isFormer(Domain domain, String name) {
    return domains.there(domain).former().contains(name);
  }

  /// A group is noted as it is written, a user without quotes.
  private void forget(Domain domain, String name, Set<AccountId> going) {
    if (isOthers(domain, name)) {
      return;
    }
    var identifiers = new TreeSet<String>();
    identifiers.add(new MailAddress(name, domain).toString());
    identifiers.add(name + "@" + domain);
    identifiers.forEach(identifier -> shares.forget(domain, identifier, going));
  }

  /// Whether in lists of rights it means a group that is there, or takes rights from somebody: a
  /// user of before may have been called so.
  private boolean isOthers(Domain domain, String name) {
    return !Acl.canMeanLogin(new MailAddress(name, domain).writtenLocalPart())
        && (name.charAt(0) != Acl.GROUP
            || domains.there(domain).groups().members(name.substring(1)).isPresent());
  }
}
