package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.ConsistencyWalk.Depth;
import org.posthorn.storage.account.ConsistencyWalk.Report;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.User;

/// Walks through what is stored and tells what does not fit together, as lines for the
/// administrator. Changes nothing unless it is to repair. Long and busy: not for a virtual thread.
/// Used by one thread.
public final class Verification {
  private static final int PAGE = 1_000;

  private final Directory directory;
  private final Accounts accounts;
  private final Depth depth;
  private final boolean repair;

  /// Takes each line as it comes: progress, a problem, and in the end the sum.
  public interface Lines {
    void line(Map<String, Object> line);
  }

  /// With `deep`, every byte of every message is read.
  public Verification(Directory directory, Accounts accounts, boolean deep) {
    this(directory, accounts, deep, false);
  }

  /// With `repair`, what can be derived is put right before the walk, and what cannot be read is
  /// set aside.
  public Verification(Directory directory, Accounts accounts, boolean deep, boolean repair) {
    this.repair = repair;
    this.directory = directory;
    this.accounts = accounts;
    this.depth = deep ? Depth.BYTES : Depth.CONTENTS;
  }

  /// One user's account, or all accounts.
  public void run(Optional<String> login, Lines lines) {
    Map<AccountId, String> names = names();
    List<AccountId> all =
        login
            .map(name -> List.of(UserRoutes.find(directory, name).account()))
            .orElseGet(this::everyAccount);
    Report sum = new Report(0, 0, 0, 0, 0, List.of());
    int done = 0;
    for (AccountId id : all) {
      String name = names.getOrDefault(id, "account " + id + " of nobody");
      if (repair) {
        repair(id, names.getOrDefault(id, ""), name, lines);
      }
      Optional<Report> report = verify(id, name, lines);
      for (ConsistencyWalk.Fault fault : report.map(Report::faults).orElse(List.of())) {
        lines.line(Map.of("account", name, "problem", fault.what()));
      }
      if (report.isPresent()) {
        sum = sum.plus(withoutFaults(report.get()));
      }
      done++;
      lines.line(
          Map.of("accountsDone", done, "accountsTotal", all.size(), "messages", sum.messages()));
    }
    if (login.isEmpty()) {
      lost(Set.copyOf(all), names, lines);
    }
    Map<String, Object> end = new LinkedHashMap<>();
    end.put("done", true);
    end.put("accounts", all.size());
    end.put("mailboxes", sum.mailboxes());
    end.put("messages", sum.messages());
    end.put("bytes", sum.bytes());
    end.put("problems", sum.faultCount());
    lines.line(end);
  }

  /// An account that cannot be read at all stops nothing.
  private Optional<Report> verify(AccountId id, String name, Lines lines) {
    try {
      return accounts.verify(id, depth);
    } catch (StorageUnavailable e) {
      lines.line(Map.of("account", name, "problem", String.valueOf(e.getMessage())));
      return Optional.of(new Report(0, 0, 0, 0, 1, List.of()));
    }
  }

  private void repair(AccountId id, String owner, String name, Lines lines) {
    try {
      accounts
          .repair(id, owner)
          .orElse(List.of())
          .forEach(what -> lines.line(Map.of("account", name, "repaired", what)));
    } catch (StorageUnavailable e) {
      lines.line(Map.of("account", name, "problem", "It was not repaired: " + e.getMessage()));
    }
  }

  private static Report withoutFaults(Report report) {
    return new Report(
        report.mailboxes(),
        report.messages(),
        report.emails(),
        report.bytes(),
        report.faultCount(),
        List.of());
  }

  /// Users whose account is not there.
  private static void lost(Set<AccountId> there, Map<AccountId, String> names, Lines lines) {
    names.forEach((id, login) -> {
      if (!there.contains(id)) {
        lines.line(Map.of("account", login, "problem", "the account is not there"));
      }
    });
  }

  private List<AccountId> everyAccount() {
    List<AccountId> all = new ArrayList<>();
    List<AccountId> page = accounts.list(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = accounts.list(Optional.of(page.getLast()), PAGE);
    }
    return all;
  }

  private Map<AccountId, String> names() {
    Map<AccountId, String> names = new HashMap<>();
    for (DomainInfo domain : directory.domains()) {
      List<User> page = directory.users(domain.domain(), "", PAGE);
      while (!page.isEmpty()) {
        page.forEach(user -> names.put(user.account(), user.login().toString()));
        page = directory.users(domain.domain(), page.getLast().login().localPart(), PAGE);
      }
    }
    return names;
  }
}
