package org.posthorn.storage.salvage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.engine.Engine;

/// Rebuilds accounts in another store from nothing but contents and the notes beside them: each
/// message goes where it was first placed, with the flags, date and header lines that it had then.
/// What no note tells of goes into a mailbox `lost+found`, of the user to whom it is addressed or
/// else of a user of that name. Used by one thread.
public final class Salvage {
  /// Where mail goes that belongs to nobody.
  public static final MailAddress NOBODY = MailAddress.of("lost+found@salvaged.invalid");

  private static final MailboxName LOST = new MailboxName("lost+found");
  private static final Actor ACTOR = new Actor("salvage", "admin", "");
  private static final int AT_ONCE = 100;
  private static final int PASSWORD_BYTES = 24;

  private final SegmentContentStore from;
  private final ContentStore contents;
  private final Accounts accounts;
  private final Directory directory;
  private final Telling telling;
  private final Map<String, MailAddress> owners = new HashMap<>();
  private final SecureRandom random = new SecureRandom();
  private @Nullable Box open;
  private final List<NewEmail> waiting = new ArrayList<>();
  private long messages;
  private long lost;
  private long damaged;

  /// Takes what there is to tell. Called by the thread that salvages.
  public interface Telling {
    void progress(long messages, long contents);

    void problem(String account, String what);
  }

  /// What came of it. `lostAndFound` of the `messages` had no note; `damaged` contents could not be
  /// read, or were cut short by a crash before anybody was told of them.
  public record Salvaged(
      long accounts, long messages, long lostAndFound, long damaged, List<String> logins) {
    public Salvaged {
      logins = List.copyOf(logins);
    }
  }

  /// A mailbox that messages are gathered for.
  private record Box(MailAddress login, MailboxName mailbox) {}

  /// `from` is only read; the other three are the store that takes what is found.
  public Salvage(
      SegmentContentStore from,
      ContentStore contents,
      Accounts accounts,
      Directory directory,
      Telling telling) {
    this.from = from;
    this.contents = contents;
    this.accounts = accounts;
    this.directory = directory;
    this.telling = telling;
  }

  /// `scratch` makes an empty engine, for what is looked up meanwhile.
  public Salvaged run(Supplier<Engine> scratch) {
    try (Engine engine = scratch.get()) {
      var found = new FoundContents(engine);
      from.walk(false, found);
      damaged = found.damaged();
      found.eachNote(note -> owner(note));
      found.eachNote(note -> place(note, found.contents()));
      flush();
      found.eachWithoutNote((id, received) -> placeLost(id, received, found.contents()));
      flush();
    }
    List<String> logins =
        owners.values().stream().map(MailAddress::toString).distinct().sorted().toList();
    return new Salvaged(logins.size(), messages, lost, damaged, logins);
  }

  /// The last login that an account had.
  private void owner(Note note) {
    MailAddress.parse(note.owner()).ifPresent(login -> owners.put(note.account(), login));
  }

  private void place(Note note, long contents) {
    MailAddress login = owners.computeIfAbsent(note.account(), _ -> NOBODY);
    put(
        new Box(login, name(note.mailbox())),
        note.content(),
        note.prefix(),
        flags(note.flags()),
        Instant.ofEpochMilli(note.internalMillis()));
    telling.progress(messages, contents);
  }

  private void placeLost(ContentId id, Instant received, long contents) {
    MailAddress login = addressee(id).orElse(NOBODY);
    owners.put("nobody's " + login, login);
    long before = messages + waiting.size();
    put(new Box(login, LOST), id, "", Flags.NONE, received);
    lost += messages + waiting.size() - before;
    telling.progress(messages, contents);
  }

  /// The first of its recipients whose account was found.
  private Optional<MailAddress> addressee(ContentId id) {
    try {
      return from.find(id).stream()
          .flatMap(content -> content.structure().envelope().to().stream())
          .flatMap(to ->
              MailAddress.parse(to.mailbox().orElse("") + "@" + to.host().orElse("")).stream())
          .filter(owners::containsValue)
          .findFirst();
    } catch (UncheckedIOException | StorageUnavailable _) {
      return Optional.empty();
    }
  }

  private void put(Box box, ContentId id, String prefix, Flags flags, Instant date) {
    if (!box.equals(open) || waiting.size() >= AT_ONCE) {
      flush();
      open = box;
    }
    try (InputStream in = from.open(id, 0, Long.MAX_VALUE)) {
      StoredContent copied = contents.write(in);
      waiting.add(new NewEmail(copied, prefix, flags, date));
    } catch (IOException | UncheckedIOException | ContentMissing unread) {
      damaged++;
      telling.problem(box.login().toString(), String.valueOf(unread.getMessage()));
    }
  }

  private void flush() {
    if (open != null && !waiting.isEmpty()) {
      append(open, List.copyOf(waiting));
    }
    waiting.clear();
  }

  private void append(Box box, List<NewEmail> emails) {
    try {
      Account account = account(box.login());
      var _ =
          account.change(
              ACTOR,
              draft -> {
                MailboxId to =
                    draft
                        .find(box.mailbox())
                        .map(MailboxInfo::id)
                        .orElseGet(() -> draft.create(box.mailbox(), Optional.empty()).id());
                emails.forEach(email -> draft.append(to, email));
                return to;
              });
      messages += emails.size();
    } catch (MailboxException | DirectoryException refused) {
      telling.problem(
          box.login().toString(),
          emails.size() + " messages were not placed: " + refused.getMessage());
    }
  }

  /// The account of a user, who is made when there is none; nobody knows the password.
  private Account account(MailAddress login) {
    Domain domain = login.domain();
    if (!directory.isLocal(domain)) {
      directory.createDomain(domain, DomainSettings.STANDARD);
    }
    var user =
        directory
            .user(login)
            .orElseGet(() ->
                directory.createUser(
                    new NewUser(login, new Password.Clear(noise()), Allowance.NONE, "")));
    return accounts
        .find(user.account())
        .orElseThrow(() -> new MailboxException.AccountGone(user.account()));
  }

  private String noise() {
    var bytes = new byte[PASSWORD_BYTES];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static MailboxName name(String text) {
    try {
      return new MailboxName(text);
    } catch (MailboxException | IllegalArgumentException _) {
      return LOST;
    }
  }

  private static Flags flags(String names) {
    try {
      return Flags.of(Arrays.stream(names.split(" ", -1)).filter(name -> !name.isEmpty()).toList());
    } catch (MailboxException | IllegalArgumentException _) {
      return Flags.NONE;
    }
  }
}
