package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueCounts;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.queue.Wishes;

/// A queue that moves to another server is the same there, whatever is in it.
@Timeout(120)
final class QueueExactTest {
  private static final int MAILS = 60;
  private static final Instant LATER = Instant.parse("2099-01-01T00:00:00Z");

  /// Other servers are tried for so long from the import on.
  private static final String PATIENCE_FROM = "posthorn.waited-until";

  private final Random random = new Random(20261128);

  @TempDir Path temp;

  /// A mail without what differs between two stores: where the bytes of its messages lie, and from
  /// when it is tried.
  private record Plain(
      Arrival arrival,
      Map<Integer, String> senders,
      Map<Integer, Map<String, String>> notes,
      Map<Integer, String> messages,
      List<QueuedRecipient> recipients,
      Map<SubmissionKey, MailId> made) {}

  @Test
  void whatIsExportedAndImportedIsTheSame() throws IOException {
    Path files = temp.resolve("files");
    Map<MailId, Plain> before = new HashMap<>();
    QueueCounts counts;
    Path old = temp.resolve("old");
    try (TestServer server = TestServer.start(old).withUsers("ann")) {
      for (int i = 0; i < MAILS; i++) {
        MailId id = new MailId("00000000000a%04d".formatted(i));
        write(server, id);
        before.put(id, plain(server, id));
      }
      counts = room(server, QueueStore.class).counts();
      assertThat(run(old, "export", "--repositories", "--to", files.toString()).out())
          .contains(MAILS + " mails written");
    }
    Path fresh = temp.resolve("fresh");
    try (TestServer server = TestServer.start(fresh).withUsers("ann")) {
      InProcess.Result imported = run(fresh, "import", files.toString());
      assertThat(imported.err()).isEmpty();
      assertThat(imported.out()).isEqualTo(MAILS + " mails taken, 0 known already.\n");
      for (Map.Entry<MailId, Plain> mail : before.entrySet()) {
        assertThat(plain(server, mail.getKey())).isEqualTo(mail.getValue());
        assertThat(room(server, QueueStore.class).find(mail.getKey()).orElseThrow().forms())
            .allMatch(form -> form.attributes().containsKey(PATIENCE_FROM));
      }
      assertThat(run(fresh, "import", files.toString()).out())
          .isEqualTo("0 mails taken, " + MAILS + " known already.\n");
      assertThat(room(server, QueueStore.class).counts()).isEqualTo(counts);
    }
    Path held = temp.resolve("held");
    try (TestServer server = TestServer.start(held).withUsers("ann")) {
      run(held, "import", files.toString(), "--hold");
      for (MailId id : before.keySet()) {
        assertThat(room(server, QueueStore.class).find(id).orElseThrow().recipients())
            .noneMatch(row -> row.state().isDue());
      }
    }
  }

  private static InProcess.Result run(Path data, String... arguments) {
    List<String> all = new ArrayList<>(List.of("queue"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    return InProcess.run(all.toArray(String[]::new));
  }

  private static <T> T room(TestServer server, Class<T> type) {
    return server.server().composition().room(type);
  }

  private static Plain plain(TestServer server, MailId id) throws IOException {
    var administration = room(server, QueueAdministration.class);
    QueuedMail mail = administration.show(id).orElseThrow();
    Map<Integer, String> senders = new HashMap<>();
    Map<Integer, Map<String, String>> notes = new HashMap<>();
    for (MailForm form : mail.forms()) {
      senders.put(form.number(), form.sender().map(MailAddress::toString).orElse("<>"));
      notes.put(form.number(), new HashMap<>(form.attributes()));
      notes.get(form.number()).remove(PATIENCE_FROM);
    }
    Map<Integer, String> messages = new HashMap<>();
    for (QueuedRecipient row : mail.recipients()) {
      try (InputStream in = administration.message(id, row.form()).orElseThrow().open()) {
        messages.put(row.form(), new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
      }
    }
    return new Plain(
        mail.arrival(), senders, notes, messages, mail.recipients(), administration.made(mail));
  }

  private void write(TestServer server, MailId id) throws IOException {
    ContentStore contents = room(server, ContentStore.class);
    Arrival arrival = arrival();
    List<MailForm> forms = new ArrayList<>();
    int number = 0;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      forms.add(form(contents, number));
      number += random.nextInt(1, 3);
    }
    var change = new QueueChange(id);
    forms.stream().skip(1).forEach(form -> change.put(arrival, form));
    int row = random.nextInt(3);
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      change.add(recipient(row, forms.get(random.nextInt(forms.size())).number()));
      row += random.nextInt(1, 3);
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      change.submitted(id, SubmissionKey.of("purpose " + i), new MailId("00000000000b000" + i));
    }
    room(server, QueueStore.class).change(change.accept(arrival, forms.getFirst()));
  }

  private Arrival arrival() {
    return new Arrival(
        maybe(InetAddress.ofLiteral(random.nextBoolean() ? "192.0.2.1" : "2001:db8::1")),
        random.nextBoolean() ? "" : "client.example",
        maybe(MailAddress.of("ann@example.org")),
        "ESMTPSA",
        "import",
        Instant.ofEpochMilli(random.nextLong(1_700_000_000_000L, 1_790_000_000_000L)),
        random.nextBoolean(),
        random.nextBoolean(),
        maybe(random.nextBoolean()),
        maybe("env+id"),
        new Wishes(
            List.of(Wishes.Tls.values()).get(random.nextInt(3)),
            random.nextInt(-9, 10),
            maybe(LATER),
            maybe(new Wishes.DeliverBy(LATER, random.nextBoolean(), random.nextBoolean())),
            maybe(LATER)));
  }

  private MailForm form(ContentStore contents, int number) throws IOException {
    byte[] bytes =
        "Subject: form %d\r\n\r\n%s\u00E9\r\n"
            .formatted(number, "x".repeat(random.nextInt(3_000)))
            .getBytes(StandardCharsets.ISO_8859_1);
    ContentId content = contents.write(new ByteArrayInputStream(bytes)).id();
    contents.sync(content);
    return new MailForm(
        number,
        maybe(MailAddress.of("sender" + number + "@example.org")),
        content,
        random.nextBoolean() ? "" : "X-Top: yes\r\n",
        random.nextBoolean() ? List.of() : List.of(new MailForm.Cut(0, 17)),
        random.nextBoolean() ? Map.of() : Map.of("a.note", "välue\n" + number, "b", ""));
  }

  private QueuedRecipient recipient(int number, int form) {
    Set<String> notify = new HashSet<>();
    for (String word : List.of("SUCCESS", "FAILURE", "DELAY")) {
      if (random.nextBoolean()) {
        notify.add(word);
      }
    }
    return new QueuedRecipient(
        number,
        form,
        MailAddress.of("r" + number + (random.nextBoolean() ? "" : "ü") + "@example.net"),
        maybe("rfc822;r@example.net"),
        notify,
        state(random.nextInt(5)),
        random.nextInt(9),
        LATER.plus(Duration.ofMillis(random.nextInt(100_000))),
        maybe(
            new QueuedRecipient.Answer(
                "4.2.1",
                maybe("mx.example.net"),
                "451 \"later\" ö",
                Instant.ofEpochMilli(random.nextLong(1_790_000_000_000L)),
                random.nextBoolean())),
        random.nextBoolean());
  }

  private RecipientState state(int kind) {
    var place = new RecipientState.Place("local", random.nextBoolean() ? "" : "ToMailbox");
    return switch (kind) {
      case 0 -> new RecipientState.Waiting(place);
      case 1 ->
          new RecipientState.Outgoing(
              Domain.of("bücher.example"),
              maybe(
                  new RecipientState.Via("relay.example.net", 587, "STARTTLS", maybe("account"))));
      case 2 -> new RecipientState.Held(state(random.nextInt(2)));
      case 3 ->
          new RecipientState.Parked(
              random.nextBoolean() ? RecipientState.DEAD_LETTERS : "quarantine", place, "why\n at");
      default -> new RecipientState.Parked("q", new RecipientState.Place("", ""), "");
    };
  }

  private <T> Optional<T> maybe(T value) {
    return random.nextBoolean() ? Optional.of(value) : Optional.empty();
  }
}
