package org.posthorn.storage.salvage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.engine.Engine;

/// Brings messages back, into accounts of another store or elsewhere, from nothing but contents and
/// the notes beside them: each message goes where it was first placed, with the flags, date and
/// header lines that it had then. What no note tells of goes into a mailbox `lost+found`, of the
/// user to whom it is addressed or else of a user of that name. Used by one thread.
public final class Salvage {
  /// Where mail goes that belongs to nobody.
  public static final MailAddress NOBODY = MailAddress.of("lost+found@salvaged.invalid");

  private static final MailboxName LOST = new MailboxName("lost+found");
  private static final int AT_ONCE = 100;

  private final SegmentContentStore from;
  private final Destination destination;
  private final Telling telling;
  private final Map<String, MailAddress> owners = new HashMap<>();
  private @Nullable Letter open;
  private int waiting;
  private boolean withoutNote;
  private long messages;
  private long lost;
  private long damaged;
  private long refused;

  /// Takes what there is to tell. Called by the thread that salvages.
  public interface Telling {
    void progress(long messages, long contents);

    /// `account` is empty where it is not known whose mail it was.
    void problem(String account, String what);
  }

  /// What came of it. `lostAndFound` of the `messages` had no note; `damaged` contents could not be
  /// read, or were cut short by a crash before anybody was told of them; `refused` messages could
  /// not be put in their places.
  public record Salvaged(
      long accounts,
      long messages,
      long lostAndFound,
      long damaged,
      long refused,
      List<String> logins) {
    public Salvaged {
      logins = List.copyOf(logins);
    }
  }

  /// A message that was found: where it was first placed, and how. Its bytes are the header lines
  /// of `prefix` and then those of `content`.
  public record Letter(
      MailAddress login,
      MailboxName mailbox,
      ContentId content,
      String prefix,
      Flags flags,
      Instant date) {
    private boolean isBeside(Letter other) {
      return login.equals(other.login) && mailbox.equals(other.mailbox);
    }
  }

  /// Where the messages go. Called by the thread that salvages.
  public interface Destination {
    /// Takes a message, whose content's bytes are `bytes`. All those between two calls of [#flush]
    /// are of one mailbox, and not many. Throws what `bytes` throws; then it did not take it.
    void take(Letter letter, InputStream bytes) throws IOException;

    /// Puts those that were taken in their places; returns how many, and has told of the others.
    long flush();
  }

  /// `from` is only read.
  public Salvage(SegmentContentStore from, Destination destination, Telling telling) {
    this.from = from;
    this.destination = destination;
    this.telling = telling;
  }

  /// `from` is only read; the other three are the store that takes what is found.
  public Salvage(
      SegmentContentStore from,
      ContentStore contents,
      Accounts accounts,
      Directory directory,
      Telling telling) {
    this(from, new IntoAccounts(contents, accounts, directory, telling), telling);
  }

  /// `scratch` makes an empty engine, for what is looked up meanwhile.
  public Salvaged run(Supplier<Engine> scratch) {
    try (Engine engine = scratch.get()) {
      var found = new FoundContents(engine, what -> telling.problem("", what));
      from.walk(found);
      damaged = found.damaged();
      found.eachNote(note -> owner(note));
      found.eachNote(note -> place(note, found.contents()));
      flush();
      withoutNote = true;
      found.eachWithoutNote((id, received) -> placeLost(id, received, found.contents()));
      flush();
    }
    List<String> logins =
        owners.values().stream().map(MailAddress::toString).distinct().sorted().toList();
    return new Salvaged(logins.size(), messages, lost, damaged, refused, logins);
  }

  /// The last login that an account had.
  private void owner(Note note) {
    MailAddress.parse(note.owner()).ifPresent(login -> owners.put(note.account(), login));
  }

  private void place(Note note, long contents) {
    MailAddress login = owners.computeIfAbsent(note.account(), _ -> NOBODY);
    put(
        new Letter(
            login,
            name(note.mailbox()),
            note.content(),
            note.prefix(),
            flags(note.flags()),
            Instant.ofEpochMilli(note.internalMillis())));
    telling.progress(messages, contents);
  }

  private void placeLost(ContentId id, Instant received, long contents) {
    MailAddress login = addressee(id).orElse(NOBODY);
    owners.put("nobody's " + login, login);
    put(new Letter(login, LOST, id, "", Flags.NONE, received));
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

  private void put(Letter letter) {
    if (waiting >= AT_ONCE || (open != null && !open.isBeside(letter))) {
      flush();
    }
    open = letter;
    try (InputStream in = readable(letter.content())) {
      destination.take(letter, in);
      waiting++;
    } catch (IOException | UncheckedIOException | ContentMissing unread) {
      damaged++;
      telling.problem(letter.login().toString(), String.valueOf(unread.getMessage()));
    }
  }

  private InputStream readable(ContentId id) throws ContentDamaged {
    try {
      return new Bytes(from.open(id, 0, Long.MAX_VALUE), id);
    } catch (StorageUnavailable e) {
      throw unreadable(id, e);
    }
  }

  /// What the disk cannot read is damage of one content, and not the destination's trouble.
  private static ContentDamaged unreadable(ContentId id, StorageUnavailable e) {
    Throwable why = e.getCause() == null ? e : e.getCause();
    var damaged = new ContentDamaged(id, "it cannot be read (" + why.getMessage() + ")");
    damaged.initCause(e);
    return damaged;
  }

  /// The bytes of a content.
  private static final class Bytes extends FilterInputStream {
    private final ContentId id;

    Bytes(InputStream in, ContentId id) {
      super(in);
      this.id = id;
    }

    @Override
    public int read() throws IOException {
      try {
        return in.read();
      } catch (StorageUnavailable e) {
        throw unreadable(id, e);
      }
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return in.read(into, offset, length);
      } catch (StorageUnavailable e) {
        throw unreadable(id, e);
      }
    }
  }

  private void flush() {
    long placed = destination.flush();
    messages += placed;
    lost += withoutNote ? placed : 0;
    refused += waiting - placed;
    waiting = 0;
  }

  /// Where no mailbox can be called so any more, another name.
  private static MailboxName name(String text) {
    String legal =
        Stream.of(text.split("/", -1))
            .map(level ->
                level.equals(".") || level.equals("..") ? "_".repeat(level.length()) : level)
            .collect(Collectors.joining("/"));
    try {
      return new MailboxName(legal);
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
