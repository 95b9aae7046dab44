package org.posthorn.imap.command;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Annotation;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.SpecialUse;

/// GETMETADATA and SETMETADATA (RFC 5464 §4): notes of mailboxes and of the server, for all who see
/// them or for one login. Notes of the server are private ones: for all there are none, and nobody
/// can make any.
public final class Metadata {
  private static final String PRIVATE = "/private";

  /// What the mailbox is for (RFC 6154 §4): no note, and told to the owner.
  private static final String SPECIAL_USE = "/private/specialuse";

  private final Caller caller;
  private final ImapWriter writer;

  public Metadata(Caller caller) {
    this.caller = caller;
    this.writer = caller.writer();
  }

  /// Whose notes they are, where they are kept, and under which name they are told.
  private record Subject(Account account, MailboxId mailbox, String shown) {}

  public ImapAnswer get(ImapCommand.GetMetadata command) throws IOException {
    Subject subject = subject(command.mailbox());
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    for (String entry : command.entries()) {
      values.putAll(values(subject, entry, command.depth()));
    }
    long longest = 0;
    OptionalLong maxSize = command.maxSize();
    if (maxSize.isPresent()) {
      longest =
          values.values().stream()
              .mapToLong(value -> value.map(String::length).orElse(0))
              .filter(size -> size > maxSize.getAsLong())
              .max()
              .orElse(0);
      values
          .values()
          .removeIf(value -> value.filter(text -> text.length() > maxSize.getAsLong()).isPresent());
    }
    tell(subject.shown, values);
    return longest == 0
        ? ImapAnswer.ok("Told")
        : ImapAnswer.ok(
            new ResponseCode.Metadata("LONGENTRIES " + longest), "Some values are longer");
  }

  /// What LIST tells of a mailbox (RFC 9590); nothing where it may not be told.
  void tell(NamedMailbox mailbox, List<String> entries) throws IOException {
    if (mayUse(mailbox)) {
      var subject = new Subject(mailbox.account(), mailbox.info().id(), mailbox.shown());
      Map<String, Optional<String>> values = new LinkedHashMap<>();
      entries.forEach(entry -> values.putAll(values(subject, entry, 0)));
      tell(subject.shown, values);
    }
  }

  private void tell(String shown, Map<String, Optional<String>> values) throws IOException {
    if (values.isEmpty()) {
      return;
    }
    writer.text("* METADATA ").mailbox(shown).raw(' ');
    char before = '(';
    for (var value : values.entrySet()) {
      writer.raw(before).astring(value.getKey()).raw(' ');
      before = ' ';
      if (value.getValue().isPresent()) {
        writer.octets(value.getValue().get());
      } else {
        writer.nil();
      }
    }
    writer.raw(')').endLine();
  }

  /// An entry as the client spelled it, and those below it; one that was named and is not there is
  /// NIL, unless some below are.
  private Map<String, Optional<String>> values(Subject subject, String entry, int depth) {
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    String path = entry.toLowerCase(Locale.ROOT);
    SortedMap<String, String> all = all(subject, reader(path));
    Optional.ofNullable(all.get(path)).ifPresent(value -> values.put(entry, Optional.of(value)));
    if (depth > 0) {
      String below = path + "/";
      all.tailMap(below).entrySet().stream()
          .takeWhile(note -> note.getKey().startsWith(below))
          .filter(note -> depth > 1 || note.getKey().indexOf('/', below.length()) < 0)
          .forEach(note -> values.put(note.getKey(), Optional.of(note.getValue())));
    }
    if (values.isEmpty()) {
      values.put(entry, Optional.empty());
    }
    return values;
  }

  private SortedMap<String, String> all(Subject subject, String reader) {
    SortedMap<String, String> all = subject.account.annotations(subject.mailbox, reader);
    if (!reader.isEmpty()) {
      all.remove(SPECIAL_USE);
      use(subject).ifPresent(use -> all.put(SPECIAL_USE, use));
    }
    return all;
  }

  /// What one's own mailbox is for.
  private Optional<String> use(Subject subject) {
    return subject.account.id().equals(caller.visitor().own().id())
        ? subject
            .account
            .find(subject.mailbox)
            .flatMap(MailboxInfo::specialUse)
            .map(SpecialUse::attribute)
        : Optional.empty();
  }

  public ImapAnswer set(ImapCommand.SetMetadata command) {
    Subject subject = subject(command.mailbox());
    Optional<ImapAnswer> refusal = refusal(command, subject);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    try {
      var _ =
          subject.account.change(
              caller.actor(),
              draft -> {
                command
                    .values()
                    .forEach((entry, value) -> {
                      if (!entry.equalsIgnoreCase(SPECIAL_USE)) {
                        draft.annotate(note(subject, entry), value);
                      }
                    });
                return draft;
              });
    } catch (MailboxException.LimitReached _) {
      return ImapAnswer.no(new ResponseCode.Metadata("TOOMANY"), "There is no room for more");
    }
    return ImapAnswer.ok("Set");
  }

  private Optional<ImapAnswer> refusal(ImapCommand.SetMetadata command, Subject subject) {
    boolean tooLong =
        command.values().values().stream()
            .flatMap(Optional::stream)
            .anyMatch(value -> value.length() > Annotation.VALUE_MAX_BYTES);
    if (tooLong) {
      return Optional.of(
          ImapAnswer.no(
              new ResponseCode.Metadata("MAXSIZE " + Annotation.VALUE_MAX_BYTES),
              "The value is too long"));
    }
    Optional<String> use = use(subject).map(text -> text.toLowerCase(Locale.ROOT));
    boolean otherUse =
        command.values().entrySet().stream()
            .filter(entry -> entry.getKey().equalsIgnoreCase(SPECIAL_USE))
            .map(entry -> entry.getValue().map(text -> text.toLowerCase(Locale.ROOT)))
            .anyMatch(wanted -> !wanted.equals(use));
    if (otherUse) {
      return Optional.of(
          ImapAnswer.no(ResponseCode.Plain.USEATTR, "The use of a mailbox is set when it is made"));
    }
    boolean shared =
        command.values().keySet().stream()
            .anyMatch(entry -> reader(entry.toLowerCase(Locale.ROOT)).isEmpty());
    return shared && !mayShare(subject)
        ? Optional.of(
            ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to note things for all"))
        : Optional.empty();
  }

  private boolean mayShare(Subject subject) {
    return !subject.mailbox.equals(Annotation.WHOLE_ACCOUNT)
        && caller.visitor().rights(subject.account, subject.mailbox).has(Right.WRITE);
  }

  /// RFC 5464 §3.3.
  private Subject subject(String name) {
    if (name.isEmpty()) {
      return new Subject(caller.visitor().own(), Annotation.WHOLE_ACCOUNT, "");
    }
    NamedMailbox mailbox = caller.mailbox(name, Right.LOOKUP);
    if (!mayUse(mailbox)) {
      throw new MailboxException.Forbidden(name);
    }
    return new Subject(mailbox.account(), mailbox.info().id(), mailbox.shown());
  }

  private static boolean mayUse(NamedMailbox mailbox) {
    return mailbox.rights().hasAny(Right.READ, Right.SEEN, Right.WRITE, Right.INSERT, Right.POST);
  }

  private Annotation note(Subject subject, String entry) {
    return new Annotation(subject.mailbox, reader(entry.toLowerCase(Locale.ROOT)), entry);
  }

  /// Empty: for all.
  private String reader(String path) {
    return path.startsWith(PRIVATE) ? caller.visitor().own().id().value() : "";
  }
}
