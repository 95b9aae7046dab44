package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.net.Conversation;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.Spool;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.HeapWatch;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.Pace;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.story.StoryConfig;
import org.posthorn.storage.story.StoryLog;
import org.posthorn.storage.story.StorySearch;

/// Servers in all roles with real rooms behind them, for tests. At `example.org` are the users ann
/// (who is postmaster), bob, jürgen, full (whose mailbox holds one byte), small (whose holds 2,000)
/// and gone (who is disabled), and staff, which is ann and bob. The spool takes mail and does
/// nothing with it. Used by one test.
final class SmtpHouse implements AutoCloseable {
  static final String PASSWORD = "correct horse";

  private static final String HASH =
      "$argon2id$v=19$m=8192,t=1,p=1$cG9zdGhvcm4tc210cC0wMQ"
          + "$t6HWjZjFk+lsdqVV6DEOjTEsGuejFBbKid96ahSRuoE";

  /// A mail that was taken over, as whoever comes next sees it.
  record Taken(
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      String prefix,
      String text,
      Arrival arrival,
      Map<String, String> attributes) {}

  private final int bufferBytes;
  private final Stores stores;
  private final InboundRules rules;

  private record Stores(
      Engine engine,
      ContentStore contents,
      Passwords passwords,
      QueueStore queue,
      InboundRooms rooms,
      ToyHeap heap) {}

  /// Memory that is short when a test says so.
  private static final class ToyHeap implements HeapWatch.Heap {
    private volatile boolean tight;

    @Override
    public boolean isTight() {
      return tight;
    }

    @Override
    public long freeBytes() {
      return Long.MAX_VALUE;
    }

    @Override
    public void collect() {}
  }

  void memoryIsShort(boolean isShort) {
    stores.heap().tight = isShort;
  }

  SmtpHouse(int bufferBytes) {
    this(bufferBytes, stores(), usualRules());
  }

  private SmtpHouse(int bufferBytes, Stores stores, InboundRules rules) {
    this.bufferBytes = bufferBytes;
    this.stores = stores;
    this.rules = rules;
  }

  /// The same house under other limits.
  SmtpHouse withLimits(InboundLimits limits) {
    return with(rules.role(), rules.plainTextLogins(), Duration.ZERO, limits);
  }

  /// The same house where clients may log in.
  SmtpHouse withLogins(Role role, PlainTextLogins plainText) {
    return with(role, plainText, Duration.ZERO, rules.limits());
  }

  /// The same house with another clock for what comes in.
  SmtpHouse withClock(InstantSource clock) {
    InboundRooms rooms = stores.rooms();
    return having(
        clock,
        rooms.gates(),
        rooms.brake(),
        rooms.receivedTls(),
        rooms.headerRoom(),
        rooms.recipientRoom());
  }

  /// The same house with gates before it.
  SmtpHouse withGates(Gates gates) {
    var inForce = new GatesInForce();
    inForce.use(gates);
    return withGates(inForce);
  }

  /// The same house with gates before it that may be replaced.
  SmtpHouse withGates(GatesInForce inForce) {
    InboundRooms rooms = stores.rooms();
    return having(
        rooms.clock(),
        inForce,
        Optional.empty(),
        Optional.empty(),
        rooms.headerRoom(),
        rooms.recipientRoom());
  }

  /// The same house that counts how mail came.
  SmtpHouse withReceivedTls(ReceivedTls receivedTls) {
    InboundRooms rooms = stores.rooms();
    return having(Optional.of(receivedTls), rooms.headerRoom(), rooms.recipientRoom());
  }

  /// The same house with other room for long headers.
  SmtpHouse withHeaderRoom(SharedRoom room) {
    return having(Optional.empty(), room, stores.rooms().recipientRoom());
  }

  /// The same house with other room for many recipients.
  SmtpHouse withRecipientRoom(SharedRoom room) {
    return having(Optional.empty(), stores.rooms().headerRoom(), room);
  }

  private SmtpHouse having(
      Optional<ReceivedTls> receivedTls, SharedRoom headerRoom, SharedRoom recipientRoom) {
    InboundRooms rooms = stores.rooms();
    return having(
        rooms.clock(), rooms.gates(), rooms.brake(), receivedTls, headerRoom, recipientRoom);
  }

  private SmtpHouse having(
      InstantSource clock,
      GatesInForce gates,
      Optional<SendingBrake> brake,
      Optional<ReceivedTls> receivedTls,
      SharedRoom headerRoom,
      SharedRoom recipientRoom) {
    InboundRooms rooms = stores.rooms();
    return having(
        new InboundRooms(
            rooms.directory(),
            rooms.logins(),
            rooms.accounts(),
            rooms.contents(),
            rooms.spool(),
            rooms.urls(),
            clock,
            gates,
            brake,
            receivedTls,
            headerRoom,
            recipientRoom));
  }

  private SmtpHouse having(InboundRooms others) {
    return new SmtpHouse(
        bufferBytes,
        new Stores(
            stores.engine(),
            others.contents(),
            stores.passwords(),
            stores.queue(),
            others,
            stores.heap()),
        rules);
  }

  /// The same house with other extensions.
  SmtpHouse withExtensions(InboundExtensions extensions) {
    return new SmtpHouse(
        bufferBytes,
        stores,
        new InboundRules(
            rules.role(),
            rules.hostname(),
            true,
            rules.plainTextLogins(),
            rules.postmaster(),
            rules.greetingDelay(),
            rules.limits(),
            extensions));
  }

  /// When the recipients of all mails are due.
  List<Instant> dues() {
    return stores.queue().due(Optional.empty(), 1000).stream().map(DueKey::due).toList();
  }

  SmtpHouse withGreetingDelay(Duration delay) {
    return with(rules.role(), rules.plainTextLogins(), delay, rules.limits());
  }

  /// The same house where URLs lead somewhere.
  SmtpHouse withUrls(UrlTexts urls) {
    return withRooms(stores.contents(), urls);
  }

  /// The same house with another store for what comes in.
  SmtpHouse withContents(ContentStore contents) {
    return withRooms(contents, stores.rooms().urls());
  }

  private SmtpHouse withRooms(ContentStore contents, UrlTexts urls) {
    InboundRooms rooms = stores.rooms();
    return having(
        new InboundRooms(
            rooms.directory(),
            rooms.logins(),
            rooms.accounts(),
            contents,
            rooms.spool(),
            urls,
            rooms.clock()));
  }

  SmtpServer server(Role role) {
    return new SmtpServer(
        new InboundRules(
            role,
            rules.hostname(),
            role == rules.role(),
            rules.plainTextLogins(),
            rules.postmaster(),
            rules.greetingDelay(),
            rules.limits(),
            rules.extensions()),
        stores.rooms());
  }

  /// What has to do with an id, a Message-ID or an address.
  StorySearch.Found story(String word) {
    StoryLog story = stores.rooms().spool().story();
    story.start();
    return new StorySearch(story).find(word, Instant.EPOCH, 50);
  }

  InboundRooms rooms() {
    return stores.rooms();
  }

  void play(Role role, String script) {
    Conversation.play(server(role), bufferBytes, script);
  }

  List<Taken> mails() {
    List<Taken> mails = new ArrayList<>();
    for (MailId id : stores.queue().ids(Optional.empty(), 1000)) {
      mails.add(taken(stores.queue().find(id).orElseThrow()));
    }
    return mails;
  }

  /// How many bytes of messages the store keeps, whoever needs them.
  long keptBytes() {
    try (CollectionRound round = stores.contents().collect(0)) {
      var all = new CollectionRound.Rules(Instant.MAX, 1, /* tryOut= */ true);
      return round.reclaim(all, Pace.FULL).freedBytes();
    }
  }

  Taken onlyMail() {
    List<Taken> mails = mails();
    assertThat(mails).hasSize(1);
    return mails.getFirst();
  }

  private Taken taken(QueuedMail mail) {
    MailForm form = mail.form(0);
    List<Recipient> recipients = mail.recipients().stream().map(SmtpHouse::recipient).toList();
    return new Taken(
        form.sender(), recipients, form.prefix(), text(form), mail.arrival(), form.attributes());
  }

  private static Recipient recipient(QueuedRecipient row) {
    Set<Recipient.Notify> notifications =
        row.notifications().stream().map(Recipient.Notify::valueOf).collect(Collectors.toSet());
    return new Recipient(row.address(), row.originalRecipient(), notifications);
  }

  private String text(MailForm form) {
    try (var bytes = stores.contents().open(form.content(), 0, Long.MAX_VALUE)) {
      var text = new StringBuilder(new String(bytes.readAllBytes(), StandardCharsets.ISO_8859_1));
      for (MailForm.Cut cut : form.cuts().reversed()) {
        text.delete((int) cut.start(), (int) cut.end());
      }
      return new String(
          text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the configuration names no postmaster.
  SmtpHouse withoutPostmaster() {
    return new SmtpHouse(
        bufferBytes,
        stores,
        new InboundRules(
            rules.role(),
            rules.hostname(),
            true,
            rules.plainTextLogins(),
            Optional.empty(),
            rules.greetingDelay(),
            rules.limits()));
  }

  private SmtpHouse with(
      Role role, PlainTextLogins plainText, Duration greetingDelay, InboundLimits limits) {
    return new SmtpHouse(
        bufferBytes,
        stores,
        new InboundRules(
            role, rules.hostname(), true, plainText, rules.postmaster(), greetingDelay, limits));
  }

  private static InboundRules usualRules() {
    return new InboundRules(
        Role.SUBMISSION,
        Domain.of("mx.example.org"),
        true,
        PlainTextLogins.LOOPBACK,
        Optional.of(MailAddress.of("ann@example.org")),
        Duration.ZERO,
        SmallLimits.usual());
  }

  private static Stores stores() {
    var heap = new ToyHeap();
    var engine = new InMemoryEngine();
    var contents = new InMemoryContentStore();
    InstantSource clock = InstantSource.system();
    var accounts =
        new Accounts(engine, contents, clock, AccountsConfig.defaults(), Keyring.off(), heap);
    LoginsConfig logins = LoginsConfig.defaults();
    var passwords = new Passwords(logins);
    Directory directory = Directory.open(engine, accounts, passwords);
    fill(directory);
    var queue = new QueueStore(engine);
    var spool =
        new Spool(
            queue,
            contents,
            load -> {
              throw new IllegalStateException("Nothing is carried here: " + load.id());
            },
            new ReturnPaths(engine, clock, ForwardingConfig.defaults()),
            SpoolConfig.defaults(),
            new ServerName("mx.example.org"),
            clock,
            StoryLog.inMemory(StoryConfig.defaults(), clock));
    var rooms =
        new InboundRooms(
            directory,
            new Logins(directory, passwords, logins, clock),
            accounts,
            contents,
            spool,
            UrlTexts.none(),
            clock);
    return new Stores(engine, contents, passwords, queue, rooms, heap);
  }

  private static void fill(Directory directory) {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    create(directory, "ann@example.org", OptionalLong.empty());
    create(directory, "bob@example.org", OptionalLong.empty());
    create(directory, "jürgen@example.org", OptionalLong.empty());
    create(directory, "gone@example.org", OptionalLong.empty());
    create(directory, "full@example.org", OptionalLong.of(1));
    create(directory, "small@example.org", OptionalLong.of(2_000));
    directory.setEnabled(MailAddress.of("gone@example.org"), false);
    directory.createAlias(
        MailAddress.of("staff@example.org"),
        List.of(MailAddress.of("ann@example.org"), MailAddress.of("bob@example.org")));
  }

  private static void create(Directory directory, String login, OptionalLong quotaBytes) {
    var _ =
        directory
            .users()
            .create(new NewUser(MailAddress.of(login), new Password.Hashed(HASH), quotaBytes, ""));
  }

  @Override
  public void close() {
    closeStory();
    stores.passwords().close();
    stores.rooms().accounts().close();
    stores.contents().close();
    stores.engine().close();
  }

  private void closeStory() {
    try {
      stores.rooms().spool().story().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
