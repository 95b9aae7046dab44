package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.RestoreWish;
import org.posthorn.storage.account.TimeMachine;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.account.UndeleteWish;

/// A client that comes back now and then and says what it knows (RFC 7162 §3.2.5) has what is there
/// afterwards, whatever was renamed, deleted, made again, restored or forgotten meanwhile; and no
/// UID ever means another message.
class ResyncModelTest {
  private static final int SEEDS = Integer.getInteger("posthorn.resyncs", 6);
  private static final long FIRST_SEED = Long.getLong("posthorn.seed", 1);
  private static final int ROUNDS = 40;
  private static final Actor ACTOR = new Actor("test", "test", "test");
  private static final Pattern CODE = Pattern.compile("\\[(UIDVALIDITY|HIGHESTMODSEQ) (\\d+)]");
  private static final Pattern VANISHED = Pattern.compile("VANISHED (?:\\(EARLIER\\) )?([\\d,:]+)");

  private static LongStream seeds() {
    return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
  }

  /// A mailbox as the client has kept it.
  private static final class Copy {
    private long uidValidity;
    private long modSeq;
    private final TreeMap<Long, TreeSet<String>> messages = new TreeMap<>();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whoComesBackHasWhatIsThere(long seed) throws IOException {
    var random = new Random(seed);
    Map<String, Copy> copies = new HashMap<>();
    Map<String, Long> emails = new HashMap<>();
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house)) {
      house.letter("first");
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = random.nextInt(8); i >= 0; i--) {
          act(house, random);
        }
        remember(house, emails, "seed %d, round %d".formatted(seed, round));
        try (var client = new RawClient(listener.port())) {
          var _ = client.command("LOGIN ann secret");
          var _ = client.command("ENABLE QRESYNC");
          for (MailboxInfo mailbox : house.account().mailboxes()) {
            if (random.nextInt(3) > 0 && house.account().find(mailbox.name()).isPresent()) {
              String name = mailbox.name().value();
              Copy copy = copies.computeIfAbsent(name, _ -> new Copy());
              sync(client, name, copy, random.nextBoolean());
              compare(house, name, copy, "seed %d, round %d, %s".formatted(seed, round, name));
              if (random.nextInt(4) == 0) {
                act(house, random);
                Optional<MailboxInfo> now = house.account().find(new MailboxName(name));
                if (now.filter(it -> it.uidValidity() == copy.uidValidity).isPresent()) {
                  hear(client.command("NOOP"), copy);
                  fetchNew(client, copy);
                  compare(house, name, copy, "seed %d, round %d, NOOP".formatted(seed, round));
                }
              }
            }
          }
        }
      }
    }
  }

  private static void sync(RawClient client, String name, Copy copy, boolean saysUids)
      throws IOException {
    String known =
        saysUids && !copy.messages.isEmpty()
            ? " " + UidSet.of(copy.messages.keySet().stream().mapToLong(Long::longValue).toArray())
            : "";
    boolean first = copy.uidValidity == 0;
    String asked =
        first ? "" : " (QRESYNC (%d %d%s))".formatted(copy.uidValidity, copy.modSeq, known);
    RawClient.Answer answer = client.command("SELECT \"" + name + "\"" + asked);
    assertThat(answer.ok()).as(answer.status()).isTrue();
    long uidValidity = code(answer, "UIDVALIDITY");
    if (uidValidity != copy.uidValidity) {
      assertThat(answer.fetched()).isEmpty();
      copy.messages.clear();
      copy.uidValidity = uidValidity;
      hear(client.command("UID FETCH 1:* (FLAGS)"), copy);
    } else {
      hear(answer, copy);
      if (!known.isEmpty()) {
        fetchNew(client, copy);
      }
    }
    copy.modSeq = code(answer, "HIGHESTMODSEQ");
  }

  private static void fetchNew(RawClient client, Copy copy) throws IOException {
    long next = copy.messages.isEmpty() ? 1 : copy.messages.lastKey() + 1;
    hear(client.command("UID FETCH " + next + ":* (FLAGS)"), copy);
  }

  private static long code(RawClient.Answer answer, String name) {
    return answer.untagged().stream()
        .map(CODE::matcher)
        .filter(Matcher::find)
        .filter(found -> found.group(1).equals(name))
        .mapToLong(found -> Long.parseLong(found.group(2)))
        .findFirst()
        .orElseThrow();
  }

  private static void hear(RawClient.Answer answer, Copy copy) {
    for (String untagged : answer.untagged()) {
      Matcher vanished = VANISHED.matcher(untagged);
      if (vanished.lookingAt()) {
        for (String range : vanished.group(1).split(",", -1)) {
          String[] ends = range.split(":", -1);
          long last = Long.parseLong(ends[ends.length - 1]);
          copy.messages.subMap(Long.parseLong(ends[0]), last + 1).clear();
        }
      }
    }
    for (Map<String, Object> message : answer.fetched()) {
      var flags = new TreeSet<String>();
      for (Object flag : (List<?>) Objects.requireNonNull(message.get("FLAGS"))) {
        flags.add((String) flag);
      }
      flags.remove("\\Recent");
      copy.messages.put(Long.parseLong((String) message.get("UID")), flags);
    }
  }

  private static void compare(ImapHouse house, String name, Copy copy, String when) {
    MailboxInfo info = house.account().find(new MailboxName(name)).orElseThrow();
    MailboxView view = house.account().view(info.id()).orElseThrow();
    var there = new TreeMap<Long, TreeSet<String>>();
    for (int i = 0; i < view.size(); i++) {
      there.put(view.uid(i), new TreeSet<>(view.flags(i).names()));
    }
    assertThat(copy.uidValidity).as(when).isEqualTo(info.uidValidity());
    assertThat(copy.messages).as(when).isEqualTo(there);
  }

  /// Of each message under which name, UIDVALIDITY and UID it is.
  private static void remember(ImapHouse house, Map<String, Long> emails, String when) {
    for (MailboxInfo info : house.account().mailboxes()) {
      MailboxView view = house.account().view(info.id()).orElseThrow();
      for (int i = 0; i < view.size(); i++) {
        String place = "%s %d %d".formatted(info.name(), info.uidValidity(), view.uid(i));
        Long before = emails.putIfAbsent(place, view.emailId(i));
        assertThat(before).as("%s: %s", when, place).isIn(null, view.emailId(i));
      }
    }
  }

  private static void act(ImapHouse house, Random random) {
    List<MailboxInfo> all = house.account().mailboxes();
    MailboxInfo from = all.get(random.nextInt(all.size()));
    MailboxInfo to = all.get(random.nextInt(all.size()));
    var name = new MailboxName("M" + random.nextInt(4));
    MailboxView view = house.account().view(from.id()).orElseThrow();
    UidSet some =
        UidSet.of(
            LongStream.range(0, view.size())
                .filter(_ -> random.nextInt(3) == 0)
                .map(i -> view.uid((int) i))
                .toArray());
    var machine = new TimeMachine(house.account());
    try {
      switch (random.nextInt(16)) {
        case 0, 1, 2 -> {
          for (int i = random.nextInt(3); i >= 0; i--) {
            assertThat(house.append(to.name().value(), "Subject: " + random.nextInt() + "\r\n\r\n"))
                .isPositive();
          }
        }
        case 3 -> house.change(draft -> draft.copy(from.id(), some, to.id()));
        case 4, 5 -> house.change(draft -> draft.move(from.id(), some, to.id()));
        case 6, 7 -> house.change(draft -> draft.expunge(from.id(), some));
        case 8 -> {
          var change =
              random.nextBoolean() ? AccountDraft.FlagChange.ADD : AccountDraft.FlagChange.REMOVE;
          Flags flags = Flags.of(random.nextBoolean() ? "\\Seen" : "work");
          var _ =
              house.change(
                  draft -> draft.store(from.id(), some, change, flags, OptionalLong.empty()));
        }
        case 9 -> house.change(draft -> draft.create(name, Optional.empty()));
        case 10 -> edit(house, draft -> draft.delete(from.id()));
        case 11, 12 -> edit(house, draft -> draft.rename(from.id(), name));
        case 13, 14 -> {
          long first = Math.max(1, house.account().exactSince());
          long version = first + random.nextInt((int) (house.account().version() - first) + 1);
          RestoreWish.Scope scope =
              random.nextBoolean()
                  ? new RestoreWish.Everything()
                  : new RestoreWish.OneMailbox(from.name());
          var _ = machine.restore(ACTOR, new RestoreWish(version, scope, random.nextBoolean()));
        }
        default -> {
          if (random.nextInt(3) == 0) {
            house.forgetHistory();
          } else {
            var wish =
                new UndeleteWish(
                    Optional.empty(), Optional.empty(), Instant.EPOCH, Optional.empty());
            var _ = machine.undelete(ACTOR, wish);
          }
        }
      }
    } catch (MailboxException _) {
      // Such as a name that is taken, or INBOX deleted.
    }
    house.verify();
  }

  private static void edit(ImapHouse house, Consumer<AccountDraft> edit) {
    var _ =
        house.change(draft -> {
          edit.accept(draft);
          return draft;
        });
  }
}
