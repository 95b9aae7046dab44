package org.posthorn.app.transfer.imap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.SourceKey;

/// What is taken from a server that says what it likes.
class ImapIntakeTest {
  private static final String FACTS = " (UID FLAGS INTERNALDATE RFC822.SIZE)";
  private static final String DATE = " INTERNALDATE \"17-Jul-1996 02:44:25 +0000\" RFC822.SIZE 9";
  private static final long MILLIS = Instant.parse("1996-07-17T02:44:25Z").toEpochMilli();

  /// What is said to a command, before its OK.
  private final Map<String, List<String>> script = new HashMap<>();

  /// Instead of a response: the server closes the connection.
  private static final String HANGS_UP = "hangs up";

  /// Instead of an OK: the store of the server is away.
  private static final String CANNOT_NOW = "NO [UNAVAILABLE] Come back later";

  /// So many answers that begin with [#CANNOT_NOW] are given, and then those behind it.
  private final Semaphore toBeAway = new Semaphore(0);

  private long expected;
  private long counted;
  private long knownBefore;

  /// For so many connections at a time.
  private Semaphore room = new Semaphore(20);

  /// So many are refused before a mailbox is looked through.
  private CountDownLatch refusals = new CountDownLatch(0);

  private boolean shared;

  /// So many that look through a mailbox at the same time lose their connections: the server is
  /// started anew.
  private CyclicBarrier restart = new CyclicBarrier(1);

  private final Semaphore toBreak = new Semaphore(0);

  /// So many connections are closed without a word.
  private final Semaphore toClose = new Semaphore(0);

  private final AtomicInteger letIn = new AtomicInteger();
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private List<Duration> pauses = List.of(Duration.ofMillis(50), Duration.ofMillis(200));
  private final Oddities oddities = new Oddities();
  private final Taker taker = new Taker();
  private ServerSocket listener;
  private Thread server;

  @BeforeEach
  void listen() throws IOException {
    listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
    script.put("CAPABILITY", List.of("* CAPABILITY IMAP4rev1"));
    script.put("LIST \"\" \"*\"", List.of("* LIST () \"/\" INBOX"));
    for (String examine : List.of("EXAMINE \"INBOX\"", "EXAMINE \"INBOX\" (CONDSTORE)")) {
      script.put(
          examine,
          List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same", "* OK [HIGHESTMODSEQ 12] last"));
    }
    script.put("UID SEARCH UID 1:4294967295", List.of("* SEARCH 7 8"));
    for (int uid : List.of(7, 8)) {
      script.put(
          "UID FETCH %d (UID BODY.PEEK[])".formatted(uid),
          List.of("* %d FETCH (UID %d BODY[] \"A: b\")".formatted(uid - 6, uid)));
    }
    server = Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void stop() throws Exception {
    listener.close();
    server.join();
  }

  private void serve() {
    var clients = new ArrayList<Thread>();
    try {
      while (!listener.isClosed()) {
        Socket client = listener.accept();
        clients.add(Thread.ofVirtual().start(() -> converse(client)));
      }
    } catch (IOException _) {
      // The test is over.
    }
    clients.forEach(ImapIntakeTest::join);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void converse(Socket socket) {
    if (toBreak.availablePermits() == 0 && toClose.tryAcquire()) {
      close(socket);
      return;
    }
    try (Socket client = socket;
        var in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
      if (!room.tryAcquire()) {
        say(client, "* BYE Too many connections");
        refusals.countDown();
        return;
      }
      try {
        letIn.incrementAndGet();
        say(client, "* OK hello");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          String[] words = line.split(" ", 2);
          asked.add(words[1]);
          if (words[1].startsWith("UID SEARCH")) {
            assertThat(refusals.await(5, TimeUnit.SECONDS)).isTrue();
            if (toBreak.tryAcquire()) {
              restart.await(5, TimeUnit.SECONDS);
              return;
            }
          }
          String end = "OK done";
          for (String response : script.getOrDefault(words[1], List.of())) {
            if (response.equals(HANGS_UP)) {
              return;
            }
            if (response.equals(CANNOT_NOW)) {
              end = toBeAway.tryAcquire() ? CANNOT_NOW : end;
            } else if (!end.equals(CANNOT_NOW)) {
              say(client, response);
            }
          }
          say(client, words[0] + " " + end);
        }
      } finally {
        room.release();
      }
    } catch (IOException | InterruptedException | BrokenBarrierException | TimeoutException _) {
      // The test says what is wrong.
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is closed then.
    }
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  private void take(boolean delete) throws IOException {
    take(1, delete);
  }

  private void take(int connections, boolean delete) throws IOException {
    var address =
        ImapServerAddress.parse(
            "127.0.0.1:" + listener.getLocalPort(), ImapServerAddress.Security.PLAIN, false);
    var choice = new Intake.Choice(Optional.empty(), _ -> false, "");
    var progress =
        new Intake.Progress() {
          @Override
          public void begins(long messages, long bytes) {
            expected += messages;
          }

          @Override
          public synchronized void done(long messages, long bytes, long moreKnown, long flagged) {
            counted += messages;
            knownBefore += moreKnown;
          }
        };
    new ImapIntake(
            new ImapIntake.From(address, "ann", "secret", connections, delete, shared),
            taker,
            oddities,
            choice,
            progress,
            pauses)
        .run();
  }

  @Test
  void flagsThatChangeMeanwhileChangeNothingElse() throws IOException {
    script.put(
        "UID FETCH 7:8" + FACTS,
        List.of(
            "* 1 FETCH (UID 7 FLAGS (\\Flagged)" + DATE + ")",
            "* 2 FETCH (UID 8 FLAGS (\\Answered)" + DATE + ")",
            "* 1 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (9))",
            "* 2 FETCH (UID 8 MODSEQ (10))",
            "* 3 FETCH (UID 900 FLAGS (\\Seen))"));
    take(false);
    assertThat(taker.messages).containsOnlyKeys(7L, 8L);
    assertThat(taker.message(7).flags()).containsExactly("\\Seen");
    assertThat(taker.message(8).flags()).containsExactly("\\Answered");
    assertThat(taker.messages.values())
        .extracting(Frame.Message::internalMillis)
        .containsOnly(MILLIS);
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void whatIsOnlySaidOfAChangeIsAskedForAgain() throws IOException {
    script.put("CAPABILITY", List.of("* CAPABILITY IMAP4rev1 CONDSTORE"));
    taker.mark = 9;
    taker.known.put(7L, List.of("\\Flagged"));
    script.put(
        "UID FETCH 1:4294967295" + FACTS + " (CHANGEDSINCE 9)",
        List.of(
            "* 1 FETCH (UID 7 MODSEQ (11))",
            "* 2 FETCH (UID 8 FLAGS (\\Seen) MODSEQ (12))",
            "* 3 FETCH (UID 9 MODSEQ (12))"));
    script.put("UID FETCH 7" + FACTS, List.of("* 1 FETCH (UID 7 FLAGS (\\Flagged)" + DATE + ")"));
    script.put("UID FETCH 8" + FACTS, List.of("* 2 FETCH (UID 8 FLAGS (\\Seen)" + DATE + ")"));
    take(false);
    assertThat(taker.flagged).isEmpty();
    assertThat(taker.messages).containsOnlyKeys(8L);
    assertThat(taker.message(8).flags()).containsExactly("\\Seen");
    assertThat(taker.message(8).internalMillis()).isEqualTo(MILLIS);
    assertThat(oddities.counts())
        .containsExactly(Map.entry(Oddity.GONE, new Oddities.Count(1, List.of("INBOX UID 9"))));
  }

  /// Without the answer nobody knows what is there, and all that was taken would be deleted.
  @Test
  void whoDoesNotAnswerASearchHasNoEmptyMailbox() throws IOException {
    script.put("UID SEARCH UID 1:4294967295", List.of());
    taker.known.put(7L, List.of());
    taker.known.put(8L, List.of());
    take(true);
    assertThat(taker.removed).isEmpty();
    assertThat(oddities.counts())
        .hasEntrySatisfying(
            Oddity.UNREADABLE,
            unreadable ->
                assertThat(unreadable.examples())
                    .singleElement()
                    .asString()
                    .contains("mailbox INBOX", "SEARCH"));
  }

  /// Some servers say nothing when nothing is found.
  @Test
  void whoSaysThatAMailboxIsEmptyNeedNotAnswerASearch() throws IOException {
    script.put("EXAMINE \"INBOX\"", List.of("* 0 EXISTS", "* OK [UIDVALIDITY 7] same"));
    script.put("UID SEARCH UID 1:4294967295", List.of());
    taker.known.put(7L, List.of());
    take(true);
    assertThat(taker.removed).containsExactly(7L);
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void whoSaysNeitherIsNotTakenAtHisWord() throws IOException {
    script.put("EXAMINE \"INBOX\"", List.of("* OK [UIDVALIDITY 7] same"));
    script.put("UID SEARCH UID 1:4294967295", List.of());
    taker.known.put(7L, List.of());
    take(true);
    assertThat(taker.removed).isEmpty();
    assertThat(oddities.counts()).containsOnlyKeys(Oddity.UNREADABLE);
  }

  @Test
  void whatIsNotFoundAnyMoreGoesHereToo() throws IOException {
    script.put("UID SEARCH UID 1:4294967295", List.of("* SEARCH 8"));
    script.put("UID FETCH 8:8" + FACTS, List.of("* 2 FETCH (UID 8 FLAGS ()" + DATE + ")"));
    taker.known.put(7L, List.of());
    taker.known.put(8L, List.of());
    take(true);
    assertThat(taker.removed).containsExactly(7L);
    assertThat(oddities.counts()).isEmpty();
  }

  /// As Cyrus names them, with a shared namespace around all; one inside is a mailbox of Ann's own.
  @Test
  void whatBelongsToOthersIsNamedAndNotTaken() throws IOException {
    script.put("CAPABILITY", List.of("* CAPABILITY IMAP4rev1 NAMESPACE"));
    script.put(
        "NAMESPACE",
        List.of("* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))"));
    script.put(
        "LIST \"\" \"*\"",
        List.of(
            "* LIST () \".\" INBOX",
            "* LIST () \".\" INBOX.own",
            "* LIST () \".\" user.bob",
            "* LIST () \".\" everybody"));
    for (String name : List.of("INBOX.own", "user.bob", "everybody")) {
      script.put(
          "EXAMINE \"%s\"".formatted(name),
          List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same", "* OK [HIGHESTMODSEQ 12] last"));
    }
    facts(7, 8);
    take(false);
    assertThat(asked).contains("EXAMINE \"INBOX.own\"");
    assertThat(asked).doesNotContain("EXAMINE \"user.bob\"", "EXAMINE \"everybody\"");
    assertThat(oddities.counts())
        .containsExactly(
            Map.entry(Oddity.NOT_OWN, new Oddities.Count(2, List.of("everybody", "user/bob"))));
    shared = true;
    take(false);
    assertThat(asked).contains("EXAMINE \"user.bob\"", "EXAMINE \"everybody\"");
  }

  /// As Dovecot does; the mailbox at the root of a namespace is one of it.
  @Test
  void whereTheUsersOwnHaveNoPrefixTheOthersHaveOne() throws IOException {
    script.put("CAPABILITY", List.of("* CAPABILITY IMAP4rev1 NAMESPACE"));
    script.put(
        "NAMESPACE", List.of("* NAMESPACE ((\"\" \"/\")) NIL ((\"Public/\" \"/\") (\"\" \"/\"))"));
    script.put(
        "LIST \"\" \"*\"",
        List.of(
            "* LIST () \"/\" INBOX",
            "* LIST () \"/\" Publications",
            "* LIST () \"/\" Public",
            "* LIST () \"/\" Public/news"));
    script.put("EXAMINE \"Publications\"", List.of("* 0 EXISTS", "* OK [UIDVALIDITY 7] same"));
    facts(7, 8);
    take(false);
    assertThat(asked).contains("EXAMINE \"Publications\"");
    assertThat(oddities.counts())
        .containsEntry(Oddity.NOT_OWN, new Oddities.Count(2, List.of("Public", "Public/news")));
  }

  /// Its user's other programs are on some of those that a server allows for.
  @Test
  void whereFewerConnectionsAreAllowedThoseTakeAll() throws IOException {
    room = new Semaphore(1);
    refusals = new CountDownLatch(2);
    script.put(
        "LIST \"\" \"*\"",
        List.of("* LIST () \"/\" INBOX", "* LIST () \"/\" a", "* LIST () \"/\" b"));
    for (String name : List.of("a", "b")) {
      script.put(
          "EXAMINE \"%s\"".formatted(name),
          List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same", "* OK [HIGHESTMODSEQ 12] last"));
    }
    facts(7, 8);
    take(3, false);
    assertThat(oddities.counts()).isEmpty();
    assertThat(taker.folders).containsExactlyInAnyOrder(0, 1, 2);
  }

  /// It would go on with one connection for the hours that a large account takes.
  @Test
  void aServerThatIsStartedAnewHasAllConnectionsAgain() throws IOException {
    script.put("LIST \"\" \"*\"", List.of("* LIST () \"/\" INBOX", "* LIST () \"/\" a"));
    script.put("EXAMINE \"a\"", List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same"));
    facts(7, 8);
    pauses = Collections.nCopies(20, Duration.ofMillis(20));
    restart = new CyclicBarrier(2);
    toBreak.release(2);
    toClose.release(4);
    take(2, false);
    assertThat(oddities.counts()).isEmpty();
    assertThat(taker.folders).containsExactlyInAnyOrder(0, 1);
    assertThat(letIn).as("one to look, two before, two after").hasValue(5);
  }

  @Test
  void aServerThatLetsNobodyInAnyMoreIsToldForEachMailbox() throws IOException {
    script.put("LIST \"\" \"*\"", List.of("* LIST () \"/\" INBOX", "* LIST () \"/\" a"));
    script.put("EXAMINE \"a\"", List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same"));
    room =
        new Semaphore(1) {
          @Override
          public void release() {
            // There is no other.
          }
        };
    take(2, false);
    assertThat(oddities.counts())
        .hasEntrySatisfying(
            Oddity.UNREADABLE,
            unreadable ->
                assertThat(unreadable.examples())
                    .allMatch(example -> example.contains("Too many connections"))
                    .anyMatch(example -> example.contains("mailbox INBOX"))
                    .anyMatch(example -> example.contains("mailbox a")));
  }

  @Test
  void aMessageThatBreaksTheConnectionKeepsAwayNoneBehindIt() throws IOException {
    taker.remembers = true;
    facts(7, 8);
    script.put("UID FETCH 7 (UID BODY.PEEK[])", List.of(HANGS_UP));
    take(false);
    assertThat(taker.messages).containsOnlyKeys(8L);
    assertThat(oddities.counts())
        .hasEntrySatisfying(
            Oddity.UNREADABLE,
            unreadable ->
                assertThat(unreadable.examples())
                    .singleElement()
                    .asString()
                    .contains("INBOX UID 7"));
  }

  /// Not in what it is told, as of a trial, or of what has no room.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(20)
  void aConnectionMayBreakAsOftenAsSomethingComes(boolean remembers) throws IOException {
    taker.remembers = remembers;
    script.put("UID SEARCH UID 1:4294967295", List.of("* SEARCH 7 8 9 10 11"));
    facts(7, 8, 9, 10, 11);
    for (int uid = 7; uid <= 11; uid++) {
      script.put(
          "UID FETCH %d (UID BODY.PEEK[])".formatted(uid),
          List.of("* 1 FETCH (UID %d BODY[] \"A: b\")".formatted(uid), HANGS_UP));
    }
    take(false);
    assertThat(taker.taken).containsExactly("0:7", "0:8", "0:9", "0:10", "0:11");
    assertThat(oddities.counts()).isEmpty();
    assertThat(counted).as("each once, however often it was looked through").isEqualTo(5);
    assertThat(knownBefore).isZero();
  }

  /// It would be left out for good where nobody reads what was odd.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "EXAMINE \"INBOX\"",
        "UID SEARCH UID 1:4294967295",
        "UID FETCH 7 (UID BODY.PEEK[])",
        "UID FETCH 8 (UID BODY.PEEK[])"
      })
  @Timeout(20)
  void whatAServerCannotDoJustNowIsAskedForAgain(String command) throws IOException {
    facts(7, 8);
    pauses = Collections.nCopies(3, Duration.ofMillis(5));
    List<String> answer = new ArrayList<>(List.of(CANNOT_NOW));
    answer.addAll(Objects.requireNonNull(script.get(command)));
    script.put(command, answer);
    toBeAway.release(2);
    take(false);
    assertThat(oddities.counts()).isEmpty();
    assertThat(taker.taken).containsExactly("0:7", "0:8");
    assertThat(counted).isEqualTo(expected).isEqualTo(2);
  }

  /// Some servers say so of one that they have lost.
  @Test
  @Timeout(20)
  void aMessageThatIsNeverThereKeepsAwayNoneBehindIt() throws IOException {
    facts(7, 8);
    pauses = Collections.nCopies(3, Duration.ofMillis(5));
    script.put("UID FETCH 7 (UID BODY.PEEK[])", List.of(CANNOT_NOW));
    toBeAway.release(1_000);
    take(false);
    assertThat(taker.messages).containsOnlyKeys(8L);
    assertThat(asked.stream().filter("UID FETCH 7 (UID BODY.PEEK[])"::equals)).hasSize(4);
    assertThat(oddities.counts())
        .hasEntrySatisfying(
            Oddity.UNREADABLE,
            unreadable ->
                assertThat(unreadable.examples())
                    .singleElement()
                    .asString()
                    .contains("INBOX UID 7", "Come back later"));
  }

  /// It would be known from then on, and never come.
  @Test
  void ofWhichNothingComesIsLeftForTheNextTime() throws IOException {
    facts(7, 8);
    script.put("UID FETCH 7 (UID BODY.PEEK[])", List.of("* 1 FETCH (UID 7 BODY[] {0}", ")"));
    take(false);
    assertThat(taker.messages).containsOnlyKeys(8L);
    assertThat(oddities.counts()).containsOnlyKeys(Oddity.UNREADABLE);
  }

  /// Gmail has no mailbox for what somebody has archived: it is where all mail is, and only there.
  @Test
  void whatIsInNoMailboxButThatOfAllMailIsTakenFromThere() throws IOException {
    script.put("CAPABILITY", List.of("* CAPABILITY IMAP4rev1 X-GM-EXT-1 CONDSTORE"));
    script.put(
        "LIST \"\" \"*\"",
        List.of(
            "* LIST () \"/\" INBOX",
            "* LIST (\\All) \"/\" \"[Gmail]/All Mail\"",
            "* LIST (\\Important) \"/\" \"[Gmail]/Important\"",
            "* LIST () \"/\" \"Entw&APw-rfe\""));
    for (String name : List.of("[Gmail]/All Mail", "Entw&APw-rfe")) {
      List<String> opened =
          List.of("* 2 EXISTS", "* OK [UIDVALIDITY 7] same", "* OK [HIGHESTMODSEQ 12] last");
      script.put("EXAMINE \"%s\"".formatted(name), opened);
      script.put("EXAMINE \"%s\" (CONDSTORE)".formatted(name), opened);
    }
    facts(7, 8);
    script.put("UID SEARCH UID 1:4294967295", List.of("* SEARCH 7 8"));
    script.put(
        "UID FETCH 7:8 (UID FLAGS INTERNALDATE RFC822.SIZE X-GM-LABELS)",
        List.of(
            "* 1 FETCH (UID 7 FLAGS () X-GM-LABELS (\"\\\\Important\" Hidden)" + DATE + ")",
            "* 2 FETCH (UID 8 FLAGS () X-GM-LABELS (\"Entw&APw-rfe\")" + DATE + ")"));
    take(false);
    assertThat(taker.taken).containsExactlyInAnyOrder("0:7", "0:8", "1:7", "1:8", "2:7");
    assertThat(taker.uses).containsExactly("", "\\Drafts", "\\Archive");
  }

  @Test
  void aMessageWhoseServerKnowsNoDateHasTheOneOfItsField() throws IOException {
    script.put(
        "UID FETCH 7:8" + FACTS,
        List.of(
            "* 1 FETCH (UID 7 FLAGS () INTERNALDATE NIL RFC822.SIZE 9)",
            "* 2 FETCH (UID 8 FLAGS ()" + DATE + ")"));
    script.put(
        "UID FETCH 7 (UID BODY.PEEK[])",
        List.of("* 1 FETCH (UID 7 BODY[] {39}", "Date: Wed, 17 Jul 1996 02:44:25 +0000\r\n)"));
    taker.text = "Date: Wed, 17 Jul 1996 02:44:25 +0000\r\n";
    take(false);
    assertThat(taker.message(7).internalMillis()).isEqualTo(MILLIS);
    assertThat(oddities.counts()).containsOnlyKeys(Oddity.NO_DATE);
  }

  @Test
  void twoMailboxesOfOneNameAreTwo() throws IOException {
    script.put(
        "LIST \"\" \"*\"",
        List.of("* LIST () \"/\" \"Entw&APw-rfe\"", "* LIST () \"/\" \"Entwürfe\""));
    facts(7, 8);
    take(false);
    assertThat(asked).contains("EXAMINE \"Entw&APw-rfe\"", "EXAMINE \"Entwürfe\"");
    assertThat(taker.taken).containsExactlyInAnyOrder("0:7", "0:8", "1:7", "1:8");
  }

  @Test
  void anErrorIsNoEnd() {
    facts(7, 8);
    taker.error = new OutOfMemoryError("for a test");
    assertThatThrownBy(() -> take(false)).isSameAs(taker.error);
  }

  private void facts(int... uids) {
    var responses = new ArrayList<String>();
    for (int uid : uids) {
      responses.add("* %d FETCH (UID %d FLAGS ()%s)".formatted(uid - 6, uid, DATE));
    }
    script.put("UID FETCH %d:%d%s".formatted(uids[0], uids[uids.length - 1], FACTS), responses);
  }

  /// What is known is what was taken at the mod-sequence `mark`; 0: nothing.
  private static final class Taker implements Receiver {
    private final Map<Long, List<String>> known = new HashMap<>();
    private final Map<Long, Frame.Message> messages = new LinkedHashMap<>();
    private final List<Frame.Flagged> flagged = new ArrayList<>();
    private final List<Long> removed = new ArrayList<>();
    private final Set<Integer> folders = new HashSet<>();
    private final List<String> uses = new ArrayList<>();
    private final List<String> taken = new ArrayList<>();
    private @Nullable Error error;
    private String text = "";
    private boolean remembers;
    private long mark;

    private Frame.Message message(long uid) {
      return Objects.requireNonNull(messages.get(uid));
    }

    @Override
    public Map<SourceKey, List<String>> known(List<SourceKey> keys) {
      Map<SourceKey, List<String>> found = new HashMap<>();
      for (SourceKey key : keys) {
        List<String> flags = known.get(key.low());
        if (flags != null) {
          found.put(key, flags);
        }
      }
      return found;
    }

    @Override
    public Map<SourceKey, List<String>> knownFrom(SourceKey from, int limit) {
      if (mark > 0) {
        return Map.of(new SourceKey(from.source(), 0, mark), List.of());
      }
      Map<SourceKey, List<String>> found = new HashMap<>();
      known.forEach((uid, flags) -> found.put(new SourceKey(from.source(), 0, uid), flags));
      return found;
    }

    @Override
    public void send(Frame frame) {
      if (frame instanceof Frame.Folder folder) {
        uses.add(folder.use());
      } else if (frame instanceof Frame.Flagged change) {
        flagged.add(change);
      } else if (frame instanceof Frame.Removed(var key)) {
        removed.add(key.low());
      }
    }

    @Override
    public void send(Frame.Message frame, SourceMessage.Opener bytes) throws IOException {
      try (InputStream in = bytes.open()) {
        assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isIn("A: b", text);
      }
      if (error != null) {
        throw error;
      }
      messages.put(frame.key().low(), frame);
      folders.add(frame.folder());
      taken.add(frame.folder() + ":" + frame.key().low());
      if (remembers) {
        known.put(frame.key().low(), frame.flags());
      }
    }

    @Override
    public void flush() {
      // Nothing is held.
    }
  }
}
