package org.posthorn.app.transfer.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.SourceKey;

class MaildirTest {
  private static final String MESSAGE = "Subject: x\n\nbody\n";

  @TempDir Path root;

  private final Oddities oddities = new Oddities();

  @BeforeEach
  void makeInbox() throws IOException {
    folder("");
  }

  @Test
  void lettersAreFlagsAndTheFileTimeIsTheDate() throws IOException {
    Files.writeString(root.resolve("dovecot-keywords"), "0 work\n1 $label1\n");
    put("cur/1700000000.M1.host,S=17:2,FRSab", "2023-01-02T03:04:05Z");
    put("cur/1700000001.M1.host:2,DPTz", "2023-01-02T03:04:05Z");
    put("new/1700000002.M1.host", "2023-01-02T03:04:05Z");
    Map<String, SourceMessage> messages = read();
    assertThat(messages.values())
        .extracting(SourceMessage::flags)
        .containsExactly(
            List.of("\\Flagged", "\\Answered", "\\Seen", "work", "$label1"),
            List.of("\\Draft", "$Forwarded", "\\Deleted"),
            List.of());
    assertThat(messages.values())
        .allMatch(message ->
            message.internalMillis() == Instant.parse("2023-01-02T03:04:05Z").toEpochMilli());
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.KEYWORD_UNKNOWN);
  }

  @Test
  void aFileThatWasCopiedWithoutItsTimeHasTheTimeOfItsName() throws IOException {
    put("cur/1700000000.M1.host:2,S", "2026-01-02T03:04:05Z");
    assertThat(read().values().iterator().next().internalMillis()).isEqualTo(1_700_000_000_000L);
  }

  @Test
  void aKeyStaysWhenFlagsChangeAndTheMessageMovesFromNewToCur() throws IOException {
    put("new/1700000000.M1.host", "2023-01-02T03:04:05Z");
    SourceKey before = read().values().iterator().next().key();
    Files.move(root.resolve("new/1700000000.M1.host"), root.resolve("cur/1700000000.M1.host:2,FS"));
    assertThat(read().values().iterator().next().key()).isEqualTo(before);
  }

  @Test
  void foldersHaveTheirNamesInEveryLayout() throws IOException {
    folder(".Work.2026");
    folder(".Entw&APw-rfe");
    folder(".v1&AC4-2");
    assertThat(new MaildirSource(root, MaildirSource.Layout.AUTO, oddities).folders())
        .extracting(SourceFolder::name)
        .containsExactly("INBOX", "Entwürfe", "Work/2026", "v1.2");
    folder("Lists/java");
    assertThat(new MaildirSource(root, MaildirSource.Layout.FS, oddities).folders())
        .extracting(SourceFolder::name)
        .containsExactly("INBOX", "Lists/java");
  }

  @Test
  void foldersOfOneNameAreOneMailbox() throws IOException {
    folder(".INBOX");
    folder(".Sent");
    folder(".Entw&APw-rfe");
    folder(".Entwürfe");
    for (String file :
        List.of(
            "cur/1.a", ".INBOX/new/2.b", ".Entw&APw-rfe/cur/3.c:2,a", ".Entwürfe/cur/4.d:2,a")) {
      put(file, "2023-01-02T03:04:05Z");
    }
    Files.writeString(root.resolve(".Entw&APw-rfe/dovecot-keywords"), "0 work\n");
    Files.writeString(root.resolve(".Entwürfe/dovecot-keywords"), "0 home\n");
    var source = new MaildirSource(root, MaildirSource.Layout.AUTO, oddities);
    assertThat(source.folders())
        .extracting(SourceFolder::name, SourceFolder::messages)
        .containsExactly(
            Tuple.tuple("INBOX", 2L), Tuple.tuple("Entwürfe", 2L), Tuple.tuple("Sent", 0L));
    assertThat(read(source, 0).keySet()).containsExactly("cur/1.a", ".INBOX/new/2.b");
    assertThat(read(source, 1).values())
        .extracting(SourceMessage::flags)
        .containsExactly(List.of("work"), List.of("home"));
    assertThat(oddities.leftOut()).isZero();
    assertThat(oddities.counts().keySet()).extracting(Oddity::code).containsExactly("same-name");
  }

  @Test
  void aFolderThatIsALinkToAnotherOfItsNameIsNotReadTwice() throws IOException {
    put("cur/1.a", "2023-01-02T03:04:05Z");
    link(".INBOX", root);
    folder(".Entw&APw-rfe");
    put(".Entw&APw-rfe/new/2.b", "2023-01-02T03:04:05Z");
    link(".Entwürfe", root.resolve(".Entw&APw-rfe"));
    var source = new MaildirSource(root, MaildirSource.Layout.AUTO, oddities);
    assertThat(source.folders())
        .extracting(SourceFolder::name, SourceFolder::messages)
        .containsExactly(Tuple.tuple("INBOX", 1L), Tuple.tuple("Entwürfe", 1L));
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void anEmptyFolderOfTheSameNameChangesNothing() throws IOException {
    put("cur/1.a", "2023-01-02T03:04:05Z");
    folder("INBOX");
    var source = new MaildirSource(root, MaildirSource.Layout.FS, oddities);
    assertThat(source.folders()).hasSize(1);
    assertThat(read(source, 0).keySet()).containsExactly("cur/1.a");
  }

  @Test
  void whoNamesADirectoryTooHighIsToldWhichOneToName() throws IOException {
    Path home = root.resolve("home");
    folder("home/Maildir");
    folder("home/Maildir/.Sent");
    put("home/Maildir/.Sent/cur/1.a", "2023-01-02T03:04:05Z");
    assertThatThrownBy(() -> new MaildirSource(home, MaildirSource.Layout.AUTO, oddities).folders())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(home.resolve("Maildir") + " is a Maildir");
    assertThat(new MaildirSource(home, MaildirSource.Layout.FS, oddities).folders())
        .extracting(SourceFolder::name)
        .containsExactly("Maildir");
    assertThat(oddities.leftOut()).isEqualTo(1);
    assertThat(oddities.counts().values().iterator().next().examples())
        .containsExactly(home.resolve("Maildir/.Sent").toString());
  }

  @Test
  void foldersThatLieOtherwiseThanTheRestAreNamed() throws IOException {
    folder(".Work");
    folder("Lists");
    put("Lists/new/1.a", "2023-01-02T03:04:05Z");
    folder("Empty");
    link("Again", root.resolve("Lists"));
    assertThat(new MaildirSource(root, MaildirSource.Layout.AUTO, oddities).folders())
        .extracting(SourceFolder::name)
        .containsExactly("INBOX", "Work");
    assertThat(oddities.leftOut()).isEqualTo(1);
    assertThat(oddities.counts().values().iterator().next().examples())
        .containsExactly(root.resolve("Lists").toString());
  }

  @Test
  void subscriptionsOfBothFormsAreRead() throws IOException {
    folder(".Work.2026");
    folder(".Other");
    for (String text : List.of("Work.2026\nGone\n", "V\t2\n\nWork\t2026\nGone\n")) {
      Files.writeString(root.resolve("subscriptions"), text);
      var source = new MaildirSource(root, MaildirSource.Layout.AUTO, oddities);
      assertThat(source.folders())
          .filteredOn(SourceFolder::subscribed)
          .extracting(SourceFolder::name)
          .containsExactly("Work/2026");
      assertThat(source.subscriptions()).contains("Gone");
    }
  }

  @Test
  void lineEndsAndNulsAreAsProtocolsWantThem() throws IOException {
    Files.write(
        root.resolve("cur/1700000000.M1.host:2,"),
        "Subject: caf\u00e9\r\nX: y\n\nbo\0dy".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(text(read().values().iterator().next()))
        .isEqualTo("Subject: caf\u00e9\r\nX: y\r\n\r\nbo\u0080dy");
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.NUL);
  }

  @Test
  void whatIsNoPlainMessageIsSaid() throws IOException {
    var zipped = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(zipped)) {
      gzip.write(MESSAGE.getBytes(StandardCharsets.US_ASCII));
    }
    Files.write(root.resolve("cur/1700000000.gz:2,"), zipped.toByteArray());
    Files.write(root.resolve("cur/1700000001.empty:2,"), new byte[0]);
    Files.writeString(root.resolve("cur/1700000002.crypted:2,"), "CRYPTED\3\7xyz");
    Files.writeString(root.resolve("cur/1700000003.nohead:2,"), "\njust text\n");
    Files.writeString(root.resolve("cur/1700000004.from:2,"), "From a b\n" + MESSAGE);
    Files.write(root.resolve("cur/1700000005.broken:2,"), new byte[] {0x1f, (byte) 0x8b, 8});
    List<SourceMessage> messages = List.copyOf(read().values());
    assertThat(text(messages.get(0))).isEqualTo(MESSAGE.replace("\n", "\r\n"));
    assertThatThrownBy(() -> text(messages.get(1)))
        .isInstanceOfSatisfying(
            NotTaken.class, e -> assertThat(e.oddity()).isEqualTo(Oddity.EMPTY));
    assertThatThrownBy(() -> text(messages.get(2)))
        .isInstanceOfSatisfying(
            NotTaken.class, e -> assertThat(e.oddity()).isEqualTo(Oddity.ENCRYPTED));
    assertThatThrownBy(() -> text(messages.get(5)))
        .isInstanceOfSatisfying(
            NotTaken.class, e -> assertThat(e.oddity()).isEqualTo(Oddity.UNREADABLE));
    assertThat(text(messages.get(3))).isEqualTo("\r\njust text\r\n");
    assertThat(text(messages.get(4))).isEqualTo(MESSAGE.replace("\n", "\r\n"));
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.NO_HEADER, Oddity.FROM_LINE);
  }

  @Test
  void anExportCanBeRepeatedAndFlagsFollow() throws IOException {
    Path out = root.resolve("out");
    var folder = new Frame.Folder(1, "Work/v1.2", "\\Archive", true, true, 0, 0);
    for (List<String> flags : List.of(List.of("work"), List.of("\\Seen", "later", "work"))) {
      try (var target = new MaildirTarget(out, oddities)) {
        target.begin(List.of(folder), List.of("Gone"));
        target.message(
            folder,
            new Frame.Message(1, new SourceKey(9, 0, 4), flags, 1_700_000_000_000L, "m"),
            new ByteArrayInputStream("A: b\r\n\r\nc\r\n".getBytes(StandardCharsets.US_ASCII)));
        target.finish();
      }
    }
    var source = new MaildirSource(out, MaildirSource.Layout.AUTO, oddities);
    List<SourceFolder> folders = source.folders();
    assertThat(folders)
        .extracting(SourceFolder::name, SourceFolder::use, SourceFolder::subscribed)
        .contains(Tuple.tuple("Work/v1.2", "\\Archive", true));
    Map<String, SourceMessage> messages = new LinkedHashMap<>();
    for (SourceFolder found : folders) {
      source.read(found, 1, message -> messages.put(message.label(), message));
    }
    assertThat(messages).hasSize(1);
    SourceMessage message = messages.values().iterator().next();
    assertThat(message.flags()).containsExactlyInAnyOrder("\\Seen", "later", "work");
    assertThat(message.internalMillis()).isEqualTo(1_700_000_000_000L);
    assertThat(text(message)).isEqualTo("A: b\r\n\r\nc\r\n");
  }

  /// More than the 255 bytes that a file's name may have, in modified UTF-7 or before.
  @Test
  void aLongNameIsShortenedAndStaysItsOwn() throws IOException {
    Path out = root.resolve("out");
    String same = "Ж".repeat(119);
    List<String> names =
        List.of(
            same + "a",
            same + "b",
            "x".repeat(250) + "/" + "y".repeat(250),
            "😀".repeat(60),
            "Work");
    var folders = new ArrayList<Frame.Folder>();
    for (String name : names) {
      folders.add(new Frame.Folder(folders.size(), name, "", true, true, 0, 0));
    }
    for (int i = 0; i < 2; i++) {
      try (var target = new MaildirTarget(out, oddities)) {
        target.begin(folders, names);
        for (Frame.Folder folder : folders) {
          target.message(
              folder,
              new Frame.Message(
                  folder.number(), new SourceKey(9, 0, 4), List.of(), 1_700_000_000_000L, "m"),
              new ByteArrayInputStream("A: b\r\n\r\nc\r\n".getBytes(StandardCharsets.US_ASCII)));
        }
        target.finish();
      }
      long changed = 4L * (i + 1);
      assertThat(oddities.counts())
          .hasEntrySatisfying(
              Oddity.NAME_CHANGED, count -> assertThat(count.number()).isEqualTo(changed));
    }
    var source = new MaildirSource(out, MaildirSource.Layout.AUTO, new Oddities());
    List<SourceFolder> found = source.folders();
    assertThat(found)
        .allMatch(SourceFolder::subscribed)
        .filteredOn(f -> f.messages() == 1)
        .hasSize(5);
    assertThat(found)
        .extracting(SourceFolder::name)
        .contains("Work")
        .filteredOn(name -> name.startsWith("ЖЖЖ"))
        .hasSize(2);
    assertThat(Files.readString(out.resolve("posthorn-mailboxes.json"))).contains(names.get(1));
  }

  @Test
  void anExportMixesWithNothing() throws IOException {
    var target = new MaildirTarget(root, oddities);
    assertThatThrownBy(() -> target.begin(List.of(), List.of())).hasMessageContaining("not empty");
  }

  /// Whoever owns the Maildir could point to files of others, which an import by root may read.
  @Test
  void nothingIsReadFromOutsideByLinks(@TempDir Path others) throws IOException {
    Files.writeString(others.resolve("secret"), "Subject: secret\n\n");
    for (String part : List.of("cur", "new")) {
      Files.createDirectories(others.resolve("theirs").resolve(part));
    }
    Files.writeString(others.resolve("theirs/cur/1700000000.M1.host:2,"), "Subject: secret\n\n");
    Files.writeString(others.resolve("names"), "secret\n0 secret\n");
    put("cur/1700000000.M1.host:2,Sa", "2023-01-02T03:04:05Z");
    link("cur/1700000001.M1.host:2,", others.resolve("secret"));
    link("subscriptions", others.resolve("names"));
    link("dovecot-keywords", others.resolve("names"));
    link(".Linked", others.resolve("theirs"));
    folder(".Work");
    Files.delete(root.resolve(".Work/cur"));
    link(".Work/cur", others.resolve("theirs/cur"));
    for (MaildirSource.Layout layout : MaildirSource.Layout.values()) {
      var source = new MaildirSource(root, layout, oddities);
      var messages = new ArrayList<SourceMessage>();
      for (SourceFolder folder : source.folders()) {
        source.read(folder, 1, messages::add);
      }
      assertThat(messages)
          .extracting(SourceMessage::label)
          .containsExactly("cur/1700000000.M1.host:2,Sa");
      assertThat(messages.getFirst().flags()).containsExactly("\\Seen");
      assertThat(source.subscriptions()).isEmpty();
    }
    assertThat(oddities.leftOut()).isPositive();
    assertThat(oddities.counts().keySet())
        .extracting(Oddity::code)
        .containsExactly("leads-out", "keyword-unknown");
    assertThat(oddities.counts().values().iterator().next().examples())
        .contains(root.resolve(".Linked").toString());
  }

  @Test
  void linksWithinAreFollowedButNotRoundAndRound() throws IOException {
    put("cur/1700000000.M1.host:2,S", "2023-01-02T03:04:05Z");
    folder("Work");
    Files.move(root.resolve("Work/cur"), root.resolve("elsewhere"));
    link("Work/cur", root.resolve("elsewhere"));
    link("Work/new/1700000001.M1.host", root.resolve("cur/1700000000.M1.host:2,S"));
    link("Work/round", root);
    link("Work/again", root);
    var source = new MaildirSource(root, MaildirSource.Layout.FS, oddities);
    assertThat(source.folders())
        .extracting(SourceFolder::name, SourceFolder::messages)
        .containsExactly(Tuple.tuple("INBOX", 1L), Tuple.tuple("Work", 1L));
    assertThat(read(source, 1)).hasSize(1);
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void whatIsNoFileIsToldAndNotWaitedFor() throws Exception {
    put("cur/1700000000.M1.host:2,S", "2023-01-02T03:04:05Z");
    String pipe = root.resolve("cur/1700000001.M1.host:2,").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    Map<String, SourceMessage> messages =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read());
    assertThat(messages).hasSize(1);
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.UNREADABLE);
  }

  /// Flags that change while a Maildir is read give a file another name.
  @Test
  void aLargeMessageThatGoesAwayKeepsNoOtherFromComing() throws IOException {
    Path large = root.resolve("cur/1700000000.M1.host:2,");
    Files.writeString(large, MESSAGE + "x".repeat(100_000));
    SourceMessage message = read().values().iterator().next();
    Files.move(large, root.resolve("cur/1700000000.M1.host:2,S"));
    assertThatThrownBy(() -> text(message))
        .isInstanceOfSatisfying(NotTaken.class, e -> assertThat(e.oddity()).isEqualTo(Oddity.GONE));
  }

  private void link(String name, Path to) throws IOException {
    Files.createSymbolicLink(root.resolve(name), to);
  }

  private void folder(String name) throws IOException {
    for (String part : List.of("cur", "new", "tmp")) {
      Files.createDirectories(root.resolve(name).resolve(part));
    }
  }

  private void put(String name, String time) throws IOException {
    Path file = Files.writeString(root.resolve(name), MESSAGE);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
  }

  private Map<String, SourceMessage> read() throws IOException {
    return read(new MaildirSource(root, MaildirSource.Layout.AUTO, oddities), 0);
  }

  private static Map<String, SourceMessage> read(MaildirSource source, int folder)
      throws IOException {
    Map<String, SourceMessage> messages = new LinkedHashMap<>();
    source.read(source.folders().get(folder), 1, each -> messages.put(each.label(), each));
    return messages;
  }

  private static String text(SourceMessage message) throws IOException {
    try (InputStream in = message.opener().open()) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
