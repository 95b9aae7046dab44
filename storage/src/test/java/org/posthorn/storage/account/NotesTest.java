package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.memory.InMemoryEngine;

/// What an account leaves beside the contents for whoever has to do without its rows one day.
final class NotesTest {
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(1 << 20, 64 << 10, 1 << 20, 1 << 20);
  private static final Instant DATE = Instant.parse("2026-11-20T08:00:00Z");
  private static final String PREFIX = "Return-Path: <bob@example.net>\r\n";

  @TempDir private Path directory;

  @Test
  void everyNewEmailIsNotedOnceWithAllThatIsNeededToPlaceItAgain() throws IOException {
    var clock = new SteppedClock();
    List<StoredContent> stored = new ArrayList<>();
    try (var contents = SegmentContentStore.openIn(directory, SETTINGS, clock);
        var engine = new InMemoryEngine();
        var accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults())) {
      Account account =
          accounts.create(
              AccountHouse.ID,
              AccountHouse.ACTOR,
              new Accounts.NewAccount("ann@example.org", 0, Accounts.Folder.STANDARD));
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      MailboxId sent = account.find(new MailboxName("Sent")).orElseThrow().id();
      for (int size : new int[] {10, 100_000}) {
        byte[] text = ("Subject: x\r\n\r\n" + "x".repeat(size)).getBytes(StandardCharsets.UTF_8);
        stored.add(contents.write(new ByteArrayInputStream(text)));
      }
      NewEmail letter = new NewEmail(stored.getFirst(), PREFIX, Flags.of("\\Seen", "work"), DATE);
      NewEmail large = new NewEmail(stored.getLast(), "", Flags.NONE, DATE);
      MailId mail = new MailId("mail1");
      for (int i = 0; i < 2; i++) {
        var _ =
            account.change(
                AccountHouse.ACTOR,
                draft -> draft.deliver(inbox, letter, mail, "ann@example.org", 1));
      }
      long uid = account.change(AccountHouse.ACTOR, draft -> draft.append(sent, large));
      assertThat(uid).isEqualTo(1);
      var _ = account.change(AccountHouse.ACTOR, draft -> draft.move(inbox, UidSet.of(1), sent));
      assertThat(notes(contents))
          .containsExactly(
              note(stored.getFirst(), 1, "INBOX", "\\Seen work", PREFIX),
              note(stored.getLast(), 2, "Sent", "", ""));
    }
  }

  private static Note note(
      StoredContent content, long emailId, String mailbox, String flags, String prefix) {
    return new Note(
        content.id(),
        AccountHouse.ID.value(),
        emailId,
        "ann@example.org",
        mailbox,
        DATE.toEpochMilli(),
        flags,
        prefix);
  }

  private static List<Note> notes(SegmentContentStore contents) {
    List<Note> notes = new ArrayList<>();
    contents.walk(
        new SegmentContentStore.Visitor() {
          @Override
          public void content(SegmentContentStore.Found found) {}

          @Override
          public void note(Note note) {
            notes.add(note);
          }
        });
    return notes;
  }
}
