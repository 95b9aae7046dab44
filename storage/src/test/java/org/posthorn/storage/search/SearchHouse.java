package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.Pace;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.extract.AttachmentsConfig;
import org.posthorn.storage.extract.ExtractorProgram;
import org.posthorn.storage.extract.FakeExtractor;

/// Accounts with an index, for tests. Used by one test.
final class SearchHouse implements AutoCloseable {
  static final AccountId ANN = new AccountId("ann");
  static final AccountId BOB = new AccountId("bob");
  private static final Actor ACTOR = new Actor("", "test", "1");

  /// Longer than any test takes: what is found was waited for.
  static final SearchConfig CONFIG =
      new SearchConfig(
          Optional.of(true),
          1 << 20,
          Duration.ofMinutes(1),
          Duration.ofHours(1),
          Duration.ZERO,
          AttachmentsConfig.off());

  private final Engine engine;
  private final ContentStore contents;
  private final Map<ByteBuffer, StoredContent> known = new HashMap<>();
  private final Accounts accounts;
  private final Optional<Path> folder;
  private final Optional<ExtractorProgram> program;
  private final SearchConfig config;
  private MailSearch search;

  /// Without a folder in memory.
  SearchHouse(Engine engine, Optional<Path> folder) {
    this(engine, folder, Optional.empty());
  }

  /// With what reads attachments.
  SearchHouse(Engine engine, Optional<Path> folder, Optional<ExtractorProgram> program) {
    this(engine, new InMemoryContentStore(), folder, program);
  }

  /// In memory, but for the contents.
  SearchHouse(Engine engine, ContentStore contents) {
    this(engine, contents, Optional.empty(), Optional.empty());
  }

  private SearchHouse(
      Engine engine,
      ContentStore contents,
      Optional<Path> folder,
      Optional<ExtractorProgram> program) {
    this.engine = engine;
    this.contents = contents;
    this.folder = folder;
    this.program = program;
    this.config =
        program.isEmpty()
            ? CONFIG
            : new SearchConfig(
                CONFIG.enabled(),
                CONFIG.bufferBytes(),
                CONFIG.waitLimit(),
                CONFIG.settleTime(),
                CONFIG.patience(),
                FakeExtractor.CONFIG);
    this.accounts =
        new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
    create(ANN);
    create(BOB);
    this.search = newSearch();
    search.start();
  }

  private MailSearch newSearch() {
    return folder
        .map(path -> MailSearch.in(path, accounts, config, program))
        .orElseGet(() -> MailSearch.inMemory(accounts, config, program));
  }

  void create(AccountId id) {
    create(id, "");
  }

  void create(AccountId id, String owner) {
    var _ = accounts.create(id, ACTOR, new Accounts.NewAccount(owner, 0, List.of()));
  }

  Accounts accounts() {
    return accounts;
  }

  Account account(AccountId id) {
    return accounts.find(id).orElseThrow();
  }

  MailSearch search() {
    return search;
  }

  void closeSearch() {
    search.close();
  }

  /// Closes the index and opens it again; one in memory begins anew.
  void restartSearch() {
    search.close();
    search = newSearch();
    search.start();
  }

  /// Another index over the same accounts; the one before is left as it is, as a crash would.
  void searchIn(Path folder) {
    search = MailSearch.in(folder, accounts, config, program);
    search.start();
  }

  void append(AccountId id, byte[]... messages) {
    List<NewEmail> emails = new ArrayList<>();
    for (byte[] message : messages) {
      emails.add(new NewEmail(stored(message), "", Flags.NONE, Instant.EPOCH));
    }
    append(id, emails);
  }

  /// With header lines of its own; the same content as another email with the same bytes.
  void append(AccountId id, String prefix, byte[] message) {
    var content = known.computeIfAbsent(ByteBuffer.wrap(message), _ -> stored(message));
    append(id, List.of(new NewEmail(content, prefix, Flags.NONE, Instant.EPOCH)));
  }

  private void append(AccountId id, List<NewEmail> emails) {
    var _ =
        account(id)
            .change(
                ACTOR,
                draft -> {
                  var inbox = draft.find(MailboxName.INBOX).orElseThrow().id();
                  emails.forEach(email -> draft.append(inbox, email));
                  return draft;
                });
  }

  void append(AccountId id, String subject, String body) {
    String text =
        "Subject: %s\r\nFrom: Bob <bob@example.net>\r\n\r\n%s\r\n".formatted(subject, body);
    append(id, text.getBytes(StandardCharsets.UTF_8));
  }

  private StoredContent stored(byte[] message) {
    try {
      return contents.write(new ByteArrayInputStream(message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// All that there are, as when somebody brings accounts back without them.
  void loseContents() {
    try (CollectionRound round = contents.collect(1)) {
      var _ = round.reclaim(new CollectionRound.Rules(Instant.MAX, 0, false), Pace.FULL);
    }
  }

  List<Email> emails(AccountId id) {
    var emails = new ArrayList<Email>();
    List<Email> some = account(id).emailsAfter(0, 100);
    while (!some.isEmpty()) {
      emails.addAll(some);
      some = account(id).emailsAfter(some.getLast().id(), 100);
    }
    return emails;
  }

  /// Ids of the emails that have a text, by the index alone: it must know.
  List<Long> found(AccountId id, Area area, String text) {
    Found found = search.find(account(id), area, new Needle(text));
    var ids = new ArrayList<Long>();
    for (Email email : emails(id)) {
      switch (found.of(email.id())) {
        case YES -> ids.add(email.id());
        case NO -> {}
        case LOOK -> throw new AssertionError("The index does not know about " + email.id());
      }
    }
    return ids;
  }

  /// Compares what the index says with what is found in the emails; returns how many it left open.
  int compare(AccountId id, Area area, String text) {
    var needle = new Needle(text);
    List<Email> emails = emails(id);
    Found found = search.find(account(id), area, needle);
    var scan = new TextScan(account(id));
    int open = 0;
    try {
      for (Email email : emails) {
        boolean there = scan.isIn(email, area, needle);
        Found.Verdict verdict = found.of(email.id());
        open += verdict == Found.Verdict.LOOK ? 1 : 0;
        assertThat(verdict)
            .as("email %s, %s, <%s>: %s", email.id(), area, text, there)
            .isNotEqualTo(there ? Found.Verdict.NO : Found.Verdict.YES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open;
  }

  /// The same of words that may be spelled otherwise.
  void compareFuzzy(AccountId id, Area area, String text, int max) throws IOException {
    var needle = new FuzzyNeedle(text);
    if (needle.isEmpty()) {
      return;
    }
    List<Email> emails = emails(id);
    FuzzyFound found = search.find(account(id), area, needle, max);
    assertThat(found.size()).isLessThanOrEqualTo(max);
    var scan = new TextScan(account(id));
    for (Email email : emails) {
      float nearness = found.of(email.id());
      if (nearness != FuzzyFound.UNKNOWN) {
        assertThat(nearness)
            .as("email %s, %s, <%s>", email.id(), area, text)
            .isEqualTo(scan.nearness(email, area, needle));
      }
    }
  }

  @Override
  public void close() {
    search.close();
    for (AccountId id : accounts.list(Optional.empty(), 10)) {
      accounts
          .verify(id, ConsistencyWalk.Depth.BYTES)
          .ifPresent(report -> assertThat(report.faults()).isEmpty());
    }
    accounts.close();
    engine.close();
  }
}
