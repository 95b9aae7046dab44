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
import org.posthorn.storage.account.AccountSpace;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.ConsistencyWalk.Depth;
import org.posthorn.storage.account.ConsistencyWalk.Report;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryCheck;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Walks through what is stored and tells what does not fit together, as lines for the
/// administrator. Changes nothing unless it is to repair. Long and busy: not for a virtual thread.
/// Used by one thread.
public final class Verification {
  private static final Logger log = LoggerFactory.getLogger(Verification.class);
  private static final int PAGE = 1_000;

  private final Directory directory;
  private final Accounts accounts;
  private final ContentStore contents;
  private final Depth depth;
  private final boolean repair;

  /// Takes each line as it comes: progress, a problem, and in the end the sum.
  public interface Lines {
    void line(Map<String, Object> line);
  }

  /// With `deep`, every byte of every message is read.
  public Verification(Directory directory, Accounts accounts, ContentStore contents, boolean deep) {
    this(directory, accounts, contents, deep, false);
  }

  /// With `repair`, what can be derived is put right before the walk, and what cannot be read is
  /// set aside.
  public Verification(
      Directory directory, Accounts accounts, ContentStore contents, boolean deep, boolean repair) {
    this.contents = contents;
    this.repair = repair;
    this.directory = directory;
    this.accounts = accounts;
    this.depth = deep ? Depth.BYTES : Depth.CONTENTS;
  }

  /// One user's account, or all domains and accounts.
  public void run(Optional<String> login, Lines lines) {
    Map<AccountId, String> names = names();
    long faults =
        login.isPresent()
            ? account(UserRoutes.find(directory, login.get()), lines)
            : files(lines) + domains(lines);
    List<AccountId> all =
        login
            .map(name -> List.of(UserRoutes.find(directory, name).account()))
            .orElseGet(this::everyAccount);
    var progress = new Progress(all.size(), messages(all), lines);
    Report sum = new Report(0, 0, 0, 0, faults, List.of());
    for (AccountId id : all) {
      String name = names.getOrDefault(id, "account " + id + " of nobody");
      if (repair) {
        repair(id, names.getOrDefault(id, ""), name, lines);
      }
      Optional<Report> report = verify(id, name, progress, lines);
      for (ConsistencyWalk.Fault fault : report.map(Report::faults).orElse(List.of())) {
        lines.line(Map.of("account", name, "problem", fault.what()));
      }
      if (report.isPresent()) {
        sum = sum.plus(withoutFaults(report.get()));
      }
      progress.accountDone(sum.messages());
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

  /// Tells how far the walk is, in messages too: one account may have most of them.
  private static final class Progress {
    private final int accountsTotal;
    private final long messagesTotal;
    private final Lines lines;
    private int accountsDone;
    private long messages;

    Progress(int accountsTotal, long messagesTotal, Lines lines) {
      this.accountsTotal = accountsTotal;
      this.messagesTotal = messagesTotal;
      this.lines = lines;
    }

    void within(long emails) {
      tell(messages + emails);
    }

    void accountDone(long messagesSoFar) {
      accountsDone++;
      messages = messagesSoFar;
      tell(messages);
    }

    private void tell(long messagesSoFar) {
      lines.line(
          Map.of(
              "accountsDone",
              accountsDone,
              "accountsTotal",
              accountsTotal,
              "messages",
              Math.min(messagesSoFar, Math.max(messagesTotal, messages)),
              "messagesTotal",
              messagesTotal));
    }
  }

  /// As the accounts say; one that cannot be read counts nothing.
  private long messages(List<AccountId> all) {
    long messages = 0;
    for (AccountId id : all) {
      try {
        messages += accounts.space(id, false).map(AccountSpace::messages).orElse(0L);
      } catch (StorageUnavailable | IllegalArgumentException _) {
        // The walk names it.
      }
    }
    return messages;
  }

  /// What is wrong with whole files of messages; how many that are.
  private long files(Lines lines) {
    List<String> faults;
    try {
      faults = contents.inspect();
    } catch (StorageUnavailable e) {
      faults = List.of(String.valueOf(e.getMessage()));
    }
    faults.forEach(fault -> lines.line(Map.of("account", "messages", "problem", fault)));
    return faults.size();
  }

  /// What is wrong with domains, and is not right again; how much that is.
  private long domains(Lines lines) {
    DirectoryCheck check = directory.inspect();
    long faults = 0;
    for (DomainInfo domain : directory.domains().all()) {
      if (repair) {
        check.repair(domain.domain()).forEach(done -> repaired(done, lines));
      }
      List<DirectoryCheck.Finding> found = check.faults(domain.domain());
      found.forEach(fault -> problem(fault, lines));
      faults += found.size();
    }
    return faults;
  }

  private long account(User user, Lines lines) {
    DirectoryCheck check = directory.inspect();
    if (repair) {
      check.repairAccount(user).forEach(done -> repaired(done, lines));
    }
    List<DirectoryCheck.Finding> faults = check.accountFaults(user);
    faults.forEach(found -> problem(found, lines));
    return faults.size();
  }

  private static void problem(DirectoryCheck.Finding fault, Lines lines) {
    lines.line(Map.of("account", fault.where(), "problem", fault.what()));
  }

  private static void repaired(DirectoryCheck.Finding done, Lines lines) {
    lines.line(Map.of("account", done.where(), "repaired", done.what()));
  }

  /// An account that cannot be read at all stops nothing.
  private Optional<Report> verify(AccountId id, String name, Progress progress, Lines lines) {
    try {
      return accounts.verify(id, depth, progress::within);
    } catch (MailboxException.AccountGone _) {
      return Optional.empty();
    } catch (RuntimeException e) {
      lines.line(Map.of("account", name, "problem", said(e)));
      return Optional.of(new Report(0, 0, 0, 0, 1, List.of()));
    }
  }

  private void repair(AccountId id, String owner, String name, Lines lines) {
    List<String> done;
    try {
      done = accounts.repair(id, owner).orElse(List.of());
    } catch (MailboxException.AccountGone _) {
      return;
    } catch (RuntimeException e) {
      lines.line(Map.of("account", name, "problem", "It was not repaired: " + said(e)));
      return;
    }
    done.forEach(what -> lines.line(Map.of("account", name, "repaired", what)));
  }

  /// In words for the operator. What nobody foresaw is a mistake in this program, and named in the
  /// log.
  private static String said(RuntimeException e) {
    if (e instanceof ClientGone gone) {
      throw gone;
    }
    if (e instanceof StorageUnavailable || e instanceof MailboxException) {
      return String.valueOf(e.getMessage());
    }
    log.atError().setCause(e).log("verify failed");
    return "It cannot be looked at: " + e;
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
    for (DomainInfo domain : directory.domains().all()) {
      List<User> page = directory.users().page(domain.domain(), "", PAGE);
      while (!page.isEmpty()) {
        page.forEach(user -> names.put(user.account(), user.login().toString()));
        page = directory.users().page(domain.domain(), page.getLast().login().localPart(), PAGE);
      }
    }
    return names;
  }
}
