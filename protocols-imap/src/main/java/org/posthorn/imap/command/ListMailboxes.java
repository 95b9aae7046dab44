package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.ListOption;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.MailboxPattern;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.SpecialUse;

/// LIST and LSUB (RFC 3501 §6.3.8, §6.3.9) with the options of RFC 5258, RFC 5819 and RFC 6154.
///
/// A name above a mailbox is listed even if no mailbox has it, as `\Noselect`, or as `\NonExistent`
/// to whoever uses what RFC 5258 adds.
public final class ListMailboxes {
  private static final ImapCommand.ListMailboxes PLAIN =
      new ImapCommand.ListMailboxes("", List.of(), Set.of(), Set.of(), Set.of(), List.of(), false);
  private static final ImapCommand.ListMailboxes WITH_SUBSCRIBED =
      new ImapCommand.ListMailboxes(
          "", List.of(), Set.of(), Set.of(ListOption.SUBSCRIBED), Set.of(), List.of(), true);

  private final Caller caller;
  private final ImapWriter writer;
  private final Status status;

  /// Names of mailboxes, in the order of the account.
  private final Map<MailboxName, NamedMailbox> existing = new HashMap<>();

  private final Set<MailboxName> subscribed;

  /// Every name with a mailbox below it.
  private final Set<MailboxName> parents = new HashSet<>();

  public ListMailboxes(Caller caller, long appendMaxBytes) {
    this.caller = caller;
    this.writer = caller.writer();
    this.status = new Status(caller, appendMaxBytes);
    this.subscribed = new HashSet<>(caller.visitor().own().subscriptions());
    for (NamedMailbox mailbox : caller.listed()) {
      name(mailbox).ifPresent(name -> existing.putIfAbsent(name, mailbox));
    }
    addParents(existing.keySet(), parents);
  }

  /// Empty for one that is too deep below the namespace of others.
  static Optional<MailboxName> name(NamedMailbox mailbox) {
    try {
      return Optional.of(new MailboxName(mailbox.shown()));
    } catch (MailboxException.LimitReached | MailboxException.NotPermitted _) {
      return Optional.empty();
    }
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
    String shown = caller.place(wanted).shown();
    var name = new MailboxName(shown);
    Optional<String> other = shown.equals(wanted) ? Optional.empty() : Optional.of(wanted);
    tellOne(name, other, existing.containsKey(name) ? attributes(name, PLAIN) : List.of());
  }

  /// What is told unasked of a mailbox that was made, renamed, deleted or subscribed (RFC 5465
  /// §5.4, §5.5).
  void tellChanged(String shown, Optional<String> before) throws IOException {
    var name = new MailboxName(shown);
    tellOne(name, before, attributes(name, WITH_SUBSCRIBED));
  }

  /// What is told unasked of a mailbox whose messages are watched and that cannot be read, or not
  /// even listed (RFC 5465 §3.1, §5.9).
  void tellNoAccess(String shown) throws IOException {
    var name = new MailboxName(shown);
    List<String> attributes = attributes(name, WITH_SUBSCRIBED);
    attributes.add("\\NoAccess");
    tellOne(name, Optional.empty(), attributes);
  }

  /// Whether it is listed, be it only for those below it.
  boolean lists(MailboxName name) {
    return existing.containsKey(name) || parents.contains(name);
  }

  private void tellOne(MailboxName name, Optional<String> oldName, List<String> attributes)
      throws IOException {
    writer.text("* LIST (").text(String.join(" ", attributes)).text(") \"/\" ");
    writer.mailbox(name.value());
    if (oldName.isPresent()) {
      writer.text(" (\"OLDNAME\" (").mailbox(oldName.get()).text("))");
    }
    writer.endLine();
  }

  /// Whether a name meets all selection options.
  private boolean isChosen(MailboxName name, Set<ListOption> selecting) {
    if (selecting.contains(ListOption.SUBSCRIBED) && !subscribed.contains(name)) {
      return false;
    }
    if (selecting.contains(ListOption.SPECIAL_USE)) {
      return use(name).isPresent();
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
    NamedMailbox mailbox = existing.get(name);
    if (mailbox != null && isChosen(name, command.selecting())) {
      tellMore(mailbox, command);
    }
  }

  /// What RETURN asks for beside the LIST response of a mailbox that was selected itself, not for
  /// one below it (RFC 5819 §3, RFC 8440 §4, RFC 9590).
  private void tellMore(NamedMailbox mailbox, ImapCommand.ListMailboxes command)
      throws IOException {
    if (command.returning().contains(ListOption.MYRIGHTS)) {
      AccessControl.tellMine(mailbox, writer);
    }
    if (command.returning().contains(ListOption.METADATA)) {
      new Metadata(caller).tell(mailbox, command.metadata());
    }
    if (command.returning().contains(ListOption.STATUS) && mailbox.rights().has(Right.READ)) {
      status.tell(mailbox, command.statusItems());
    }
  }

  private List<String> attributes(MailboxName name, ImapCommand.ListMailboxes command) {
    List<String> attributes = new ArrayList<>();
    if (!existing.containsKey(name)) {
      // One of the two (RFC 5258 §6, mbx-list-sflag): whoever asks as in RFC 3501 knows but one.
      attributes.add(command.extended() ? "\\NonExistent" : "\\Noselect");
    }
    attributes.add(parents.contains(name) ? "\\HasChildren" : "\\HasNoChildren");
    boolean asked =
        command.selecting().contains(ListOption.SUBSCRIBED)
            || command.returning().contains(ListOption.SUBSCRIBED);
    if (asked && subscribed.contains(name)) {
      attributes.add("\\Subscribed");
    }
    use(name).ifPresent(use -> attributes.add(use.attribute()));
    return attributes;
  }

  /// What others use a mailbox for says nothing of what the login does.
  private Optional<SpecialUse> use(MailboxName name) {
    return Optional.ofNullable(existing.get(name))
        .filter(NamedMailbox::own)
        .flatMap(mailbox -> mailbox.info().specialUse());
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
