package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.ListOption;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.MailboxPattern;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;

/// LIST and LSUB (RFC 3501 §6.3.8, §6.3.9) with the options of RFC 5258, RFC 5819 and RFC 6154.
///
/// A name above a mailbox is listed even if no mailbox has it, as `\NonExistent \Noselect`.
public final class ListMailboxes {
  private static final ImapCommand.ListMailboxes PLAIN =
      new ImapCommand.ListMailboxes("", List.of(), Set.of(), Set.of(), Set.of(), false);

  private final ImapWriter writer;
  private final Status status;

  /// Names of mailboxes, in the order of the account.
  private final Map<MailboxName, MailboxInfo> existing = new HashMap<>();

  private final Set<MailboxName> subscribed;

  /// Every name with a mailbox below it.
  private final Set<MailboxName> parents = new HashSet<>();

  public ListMailboxes(Caller caller, long appendMaxBytes) {
    this.writer = caller.writer();
    this.status = new Status(caller, appendMaxBytes);
    this.subscribed = new HashSet<>(caller.account().subscriptions());
    for (MailboxInfo info : caller.account().mailboxes()) {
      existing.put(info.name(), info);
    }
    addParents(existing.keySet(), parents);
  }

  public ImapAnswer list(ImapCommand.ListMailboxes command) throws IOException {
    if (!command.extended() && command.patterns().getFirst().isEmpty()) {
      writer.text("* LIST (\\Noselect) \"/\" \"\"").endLine();
      return ImapAnswer.ok("Listed");
    }
    List<MailboxPattern> patterns = patterns(command.reference(), command.patterns());
    boolean wantsSubscribed = command.selecting().contains(ListOption.SUBSCRIBED);
    var names = new TreeSet<>(existing.keySet());
    names.addAll(parents);
    if (wantsSubscribed) {
      names.addAll(subscribed);
    }
    Set<MailboxName> above = new HashSet<>();
    boolean recursive = command.selecting().contains(ListOption.RECURSIVEMATCH);
    Set<MailboxName> aboveUnmatched = new HashSet<>();
    if (recursive) {
      List<MailboxName> chosen =
          names.stream().filter(name -> isChosen(name, command.selecting())).toList();
      addParents(chosen, above);
      addParents(chosen.stream().filter(name -> !matches(name, patterns)).toList(), aboveUnmatched);
      names.addAll(above);
    }
    for (MailboxName name : names) {
      boolean chosen = isChosen(name, command.selecting());
      if ((chosen || aboveUnmatched.contains(name)) && matches(name, patterns)) {
        tell(name, command, recursive && above.contains(name));
      }
    }
    return ImapAnswer.ok("Listed");
  }

  public ImapAnswer lsub(ImapCommand.Lsub command) throws IOException {
    if (command.pattern().isEmpty()) {
      writer.text("* LSUB (\\Noselect) \"/\" \"\"").endLine();
      return ImapAnswer.ok("Listed");
    }
    List<MailboxPattern> patterns = patterns(command.reference(), List.of(command.pattern()));
    Set<MailboxName> above = new HashSet<>();
    addParents(subscribed.stream().filter(name -> !matches(name, patterns)).toList(), above);
    var names = new TreeSet<>(subscribed);
    names.addAll(above);
    for (MailboxName name : names) {
      if (matches(name, patterns)) {
        writer.text(subscribed.contains(name) ? "* LSUB () \"/\" " : "* LSUB (\\Noselect) \"/\" ");
        writer.mailbox(name.value()).endLine();
      }
    }
    return ImapAnswer.ok("Listed");
  }

  /// What SELECT tells of the mailbox (RFC 9051 §6.3.2), with the client's own name for it if that
  /// is another (§6.3.9.7).
  public void tellSelected(String wanted) throws IOException {
    MailboxName name = new MailboxName(wanted);
    List<String> attributes = attributes(name, PLAIN);
    writer.text("* LIST (").text(String.join(" ", attributes)).text(") \"/\" ");
    writer.mailbox(name.value());
    if (!name.value().equals(wanted)) {
      writer.text(" (\"OLDNAME\" (").mailbox(wanted).text("))");
    }
    writer.endLine();
  }

  /// Whether a name meets all selection options.
  private boolean isChosen(MailboxName name, Set<ListOption> selecting) {
    if (selecting.contains(ListOption.SUBSCRIBED) && !subscribed.contains(name)) {
      return false;
    }
    if (selecting.contains(ListOption.SPECIAL_USE)) {
      MailboxInfo info = existing.get(name);
      return info != null && info.specialUse().isPresent();
    }
    return true;
  }

  private void tell(MailboxName name, ImapCommand.ListMailboxes command, boolean childInfo)
      throws IOException {
    writer.text("* LIST (").text(String.join(" ", attributes(name, command))).text(") \"/\" ");
    writer.mailbox(name.value());
    if (childInfo) {
      var options = new ArrayList<String>();
      if (command.selecting().contains(ListOption.SUBSCRIBED)) {
        options.add("\"SUBSCRIBED\"");
      }
      if (command.selecting().contains(ListOption.SPECIAL_USE)) {
        options.add("\"SPECIAL-USE\"");
      }
      writer.text(" (\"CHILDINFO\" (").text(String.join(" ", options)).text("))");
    }
    writer.endLine();
    MailboxInfo info = existing.get(name);
    if (info != null && command.returning().contains(ListOption.STATUS)) {
      status.tell(info, command.statusItems());
    }
  }

  private List<String> attributes(MailboxName name, ImapCommand.ListMailboxes command) {
    List<String> attributes = new ArrayList<>();
    MailboxInfo info = existing.get(name);
    if (info == null) {
      attributes.add("\\NonExistent");
      attributes.add("\\Noselect");
    }
    attributes.add(parents.contains(name) ? "\\HasChildren" : "\\HasNoChildren");
    boolean asked =
        command.selecting().contains(ListOption.SUBSCRIBED)
            || command.returning().contains(ListOption.SUBSCRIBED);
    if (asked && subscribed.contains(name)) {
      attributes.add("\\Subscribed");
    }
    if (info != null) {
      info.specialUse().ifPresent(use -> attributes.add(use.attribute()));
    }
    return attributes;
  }

  private static List<MailboxPattern> patterns(String reference, List<String> patterns) {
    return patterns.stream()
        .filter(pattern -> !pattern.isEmpty())
        .map(pattern -> new MailboxPattern(reference + pattern, MailboxName.SEPARATOR))
        .toList();
  }

  private static boolean matches(MailboxName name, List<MailboxPattern> patterns) {
    return patterns.stream().anyMatch(pattern -> pattern.matches(name.value()));
  }

  private static void addParents(Collection<MailboxName> names, Set<MailboxName> parents) {
    for (MailboxName name : names) {
      var parent = name.parent();
      while (parent.isPresent() && parents.add(parent.get())) {
        parent = parent.get().parent();
      }
    }
  }
}
