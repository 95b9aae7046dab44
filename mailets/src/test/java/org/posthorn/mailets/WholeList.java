package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.MailingList;

/// The list `team@example.org` in a whole spool; members are elsewhere, and what they get is seen
/// on its way.
abstract class WholeList {
  static final MailAddress TEAM = MailAddress.of("team@example.org");
  static final String POST =
      "From: Ann Jones <ann@example.net>\nTo: team@example.org\nSubject: hi\n\nhello\n";

  /// What is said to mail for those whose names begin with `bad`.
  volatile Carrier.Answer refusal =
      new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 no such user");

  final List<Sent> sent = new CopyOnWriteArrayList<>();
  final List<Carrier.Load> loads = new CopyOnWriteArrayList<>();
  final WholeSpool whole =
      new WholeSpool(
          StorageConfig.inMemory(), Path.of("unused"), SpoolConfig.defaults(), this::carry);
  final ListBook lists = whole.directory.lists();

  record Sent(String from, String to, String text) {
    String header(String name) {
      Matcher found = Pattern.compile("(?m)^" + name + ": (.*(?:\\r\\n[ \\t].*)*)").matcher(text);
      return found.find() ? found.group(1).replace("\r\n", "") : "";
    }
  }

  private Map<Recipient, Carrier.Answer> carry(Carrier.Load load) {
    loads.add(load);
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    for (Recipient recipient : load.recipients()) {
      sent.add(
          new Sent(
              load.sender().map(MailAddress::toString).orElse("<>"),
              recipient.address().toString(),
              text(load)));
      answers.put(
          recipient,
          recipient.address().localPart().startsWith("bad")
              ? refusal
              : new Carrier.Answer.Delivered("mx", "250 ok", true));
    }
    return answers;
  }

  private static String text(Carrier.Load load) {
    try (InputStream in = load.message().open()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    assertThat(whole.faultsAtRest()).isEmpty();
    whole.close();
  }

  MailingList list(Map<String, String> settings, String... members) {
    if (!whole.directory.isLocal(TEAM.domain())) {
      whole.domain("example.org");
    }
    MailingList list = lists.create(TEAM, settings);
    for (String member : members) {
      var _ =
          lists.add(
              TEAM, List.of(new ListBook.NewMember(MailAddress.of(member), "")), Instant.EPOCH);
    }
    return list;
  }

  void send(String from, String to, String text) {
    var _ =
        whole.accept(
            from.isEmpty() ? Optional.empty() : Optional.of(MailAddress.of(from)),
            text.replace("\n", "\r\n").getBytes(UTF_8),
            NewMail.Options.NONE,
            List.of(Recipient.of(MailAddress.of(to))));
  }

  /// From now on it is half past: letters are counted by days and hours, and none ends soon.
  Instant halfPast() {
    Instant now = Instant.now();
    Instant half = now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofMinutes(90));
    whole.clock = InstantSource.offset(InstantSource.system(), Duration.between(now, half));
    return half;
  }

  /// As who has logged in as `login`.
  void submit(String login, String text) {
    accept(login, text, Optional.of(MailAddress.of(login)), Map.of());
  }

  void accept(String from, String text, Optional<MailAddress> login, Map<String, String> notes) {
    accept(from, TEAM.toString(), text, login, notes);
  }

  void accept(
      String from, String to, String text, Optional<MailAddress> login, Map<String, String> notes) {
    var _ =
        whole.accept(
            Optional.of(MailAddress.of(from)),
            text.replace("\n", "\r\n").getBytes(UTF_8),
            NewMail.Options.NONE,
            List.of(Recipient.of(MailAddress.of(to))),
            login,
            notes);
  }

  void sendAndWait(String from, String to, String text) {
    send(from, to, text);
    whole.awaitEmpty();
  }

  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  Sent to(String address) {
    List<Sent> all = sent.stream().filter(one -> one.to.equals(address)).toList();
    assertThat(all).as("mails to " + address).hasSize(1);
    return all.getFirst();
  }

  Held waiting(MailingList list) {
    var moderation = whole.injector.getInstance(Moderation.class);
    await(() -> !moderation.waiting(list).isEmpty() && isKept());
    return moderation.waiting(list).getFirst();
  }

  /// It waits for somebody, or has come to its end.
  static boolean isAtRest(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        || thread.getState() == Thread.State.TERMINATED;
  }

  private boolean isKept() {
    return whole.queue.counts().recipients() == 1 && whole.queue.counts().parked() == 1;
  }

  void waitingSince(MailingList list, Instant since) {
    for (int i = 0; i < ListDesk.HELD_MAX; i++) {
      var post = Held.waiting(new MailId("gone%012d".formatted(i)), "eve", "hi", 9, since, "");
      assertThat(lists.desk().hold(list, post, _ -> true)).contains(post);
    }
  }
}
