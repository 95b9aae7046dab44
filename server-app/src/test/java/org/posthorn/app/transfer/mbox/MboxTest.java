package org.posthorn.app.transfer.mbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.storage.account.SourceKey;

class MboxTest {
  @TempDir Path directory;

  private final Oddities oddities = new Oddities();

  private record Taken(String text, List<String> flags, Instant date, SourceKey key) {}

  @Test
  void statusFieldsAreFlagsAndNoPartOfTheMessage() throws IOException {
    assertThat(
            read(
                """
                From ann@example.org Fri Nov 27 07:33:07 2026
                Status: RO
                X-Status: AF
                Subject: One
                X-Keywords: work $label1
                X-UID: 7

                Text

                From - Sat Nov 28 00:00:01 2026
                X-Mozilla-Status: 1003
                X-Mozilla-Status2: 00000000
                X-Mozilla-Keys: later
                Subject: Two

                """))
        .extracting(Taken::text, Taken::flags, Taken::date)
        .containsExactly(
            tuple(
                "Subject: One\n\nText\n",
                List.of("\\Seen", "\\Answered", "\\Flagged", "work", "$label1"),
                Instant.parse("2026-11-27T07:33:07Z")),
            tuple(
                "Subject: Two\n",
                List.of("\\Seen", "\\Answered", "$Forwarded", "later"),
                Instant.parse("2026-11-28T00:00:01Z")));
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void quotedFromLinesAreUnquotedOnceAndTextDividesNothing() throws IOException {
    assertThat(
            read(
                """
                From a Fri Nov 27 07:33:07 2026
                Subject: x

                >From here
                >>From there
                > From nowhere

                From what I know, this divides nothing.
                """))
        .extracting(Taken::text)
        .containsExactly(
            """
            Subject: x

            From here
            >From there
            > From nowhere

            From what I know, this divides nothing.
            """);
  }

  @Test
  void inMboxoOnlyOneSignIsTakenAway() throws IOException {
    String text = "From a\nSubject: x\n\n>From here\n>>From there\n\n";
    assertThat(read(text, MboxVariant.MBOXO).getFirst().text())
        .isEqualTo("Subject: x\n\nFrom here\n>>From there\n");
    assertThat(read(text, MboxVariant.MBOXCL2).getFirst().text())
        .isEqualTo("Subject: x\n\n>From here\n>>From there\n");
  }

  @Test
  void aRightContentLengthIsBelievedAndAWrongOneIsNot() throws IOException {
    String body = "one\n\nFrom a Fri Nov 27 07:33:07 2026\nSubject: inner\n\ntwo\n";
    String right =
        "From a Fri Nov 27 07:33:07 2026\nContent-Length: %d\n\n%s\nFrom b Fri Nov 27 07:33:07 2026\nSubject: y\n\n"
            .formatted(body.length(), body);
    assertThat(read(right, MboxVariant.MBOXCL2))
        .extracting(Taken::text)
        .containsExactly("Content-Length: " + body.length() + "\n\n" + body, "Subject: y\n");
    String wrong = right.replace("Content-Length: ", "Content-Length: 1");
    assertThat(read(wrong, MboxVariant.MBOXCL2)).hasSize(3);
  }

  @Test
  void equalMessagesAreToldApartAndHaveTheSameKeysWhenTheMboxIsReadAgain() throws IOException {
    String message = "From a Fri Nov 27 07:33:07 2026\nStatus: O\nSubject: x\n\nbody\n\n";
    List<Taken> twice = read(message + message);
    assertThat(twice).hasSize(2);
    assertThat(twice.get(0).key()).isNotEqualTo(twice.get(1).key());
    List<Taken> later = read(message.replace("Status: O", "Status: RO") + message + message);
    assertThat(later.subList(0, 2))
        .extracting(Taken::key)
        .containsExactly(twice.get(0).key(), twice.get(1).key());
  }

  @Test
  void whatItsMailProgramDeletedAndWhatAServerKeepsForItselfIsNotTaken() throws IOException {
    assertThat(
            read(
                """
                From MAILER-DAEMON Fri Nov 27 07:33:07 2026
                Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
                X-IMAP: 1 2

                This text is part of the internal format of your mail folder.

                From - Fri Nov 27 07:33:07 2026
                X-Mozilla-Status: 0009
                Subject: gone

                """))
        .isEmpty();
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.DELETED_BEFORE);
  }

  @Test
  void theDateIsThatOfTheFromLineWithOrWithoutAZone() {
    long wanted = Instant.parse("2026-11-27T07:33:07Z").toEpochMilli();
    for (String line :
        List.of(
            "From a Fri Nov 27 07:33:07 2026",
            "From a@b Fri Nov 27 08:33:07 +0100 2026",
            "From \"a b\"@c Fri Nov 27 08:33:07 2026 +0100",
            "From a  Fri Nov 27 07:33:07 UTC 2026",
            "From - Fri Nov 27 07:33:07 2026")) {
      assertThat(FromLine.millis(line)).as(line).hasValue(wanted);
    }
    assertThat(FromLine.millis("From what I know")).isEmpty();
    assertThat(FromLine.millis("From a Fri Nov 97 07:33:07 2026")).isEmpty();
    assertThat(FromLine.millis(FromLine.format("x", wanted))).hasValue(wanted);
  }

  /// RFC 4155 wants what `ctime` writes; some programs look where in the line each part stands.
  @Test
  void theDayOfAFromLineHasTwoPlaces() {
    long wanted = Instant.parse("2026-11-07T07:33:07Z").toEpochMilli();
    assertThat(FromLine.format("x", wanted)).isEqualTo("From x Sat Nov  7 07:33:07 2026");
    assertThat(FromLine.millis(FromLine.format("x", wanted))).hasValue(wanted);
  }

  @Test
  void treesOfThunderbirdAndOthersBecomeMailboxes() throws IOException {
    String mail = "From - Fri Nov 27 07:33:07 2026\nSubject: x\n\n\n";
    Path root = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(root.resolve("Inbox"), mail);
    Files.writeString(root.resolve("Inbox.msf"), "// <!-- <mdb:mork:z v=\"1.4\"/> -->");
    Files.writeString(root.resolve("Work"), "");
    Files.createDirectory(root.resolve("Work.sbd"));
    Files.writeString(root.resolve("Work.sbd/2026"), mail);
    Files.createDirectories(root.resolve("Old.mbox"));
    Files.writeString(root.resolve("Old.mbox/mbox"), mail);
    Files.writeString(root.resolve("filterlog.html"), "<html>");
    var source = new MboxSource(root, MboxVariant.MBOXRD, false, oddities);
    assertThat(source.folders())
        .extracting(SourceFolder::name)
        .containsExactly("Inbox", "Old", "Work", "Work/2026");
    assertThat(oddities.counts())
        .containsEntry(Oddity.NO_MAIL, new Oddities.Count(1, List.of("filterlog.html")));
  }

  /// As programs leave it when all mail was fetched from it.
  @Test
  void anEmptyFileIsAnMboxWithoutMessages() throws IOException {
    Path file = Files.createFile(directory.resolve("ann"));
    var source = new MboxSource(file, MboxVariant.MBOXRD, true, oddities);
    assertThat(source.folders()).extracting(SourceFolder::name).containsExactly("INBOX");
    assertThat(taken(source)).isEmpty();
    assertThat(oddities.counts()).isEmpty();
  }

  @Test
  void nothingIsReadFromOutsideByLinks(@TempDir Path others) throws IOException {
    String mail = "From - Fri Nov 27 07:33:07 2026\nSubject: x\n\n\n";
    Files.writeString(others.resolve("theirs"), mail);
    Files.writeString(others.resolve("names"), "secret\n");
    Path root = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(root.resolve("Inbox"), mail);
    Files.createSymbolicLink(root.resolve("Inbox2"), root.resolve("Inbox"));
    Files.createSymbolicLink(root.resolve("Work"), others.resolve("theirs"));
    Files.createSymbolicLink(root.resolve("more"), others);
    Files.createSymbolicLink(root.resolve("round"), root);
    Files.createSymbolicLink(root.resolve(".subscriptions"), others.resolve("names"));
    var source = new MboxSource(root, MboxVariant.MBOXRD, false, oddities);
    assertThat(source.folders()).extracting(SourceFolder::name).containsExactly("Inbox", "Inbox2");
    assertThat(source.subscriptions()).isEmpty();
    assertThat(taken(source)).hasSize(2);
    assertThat(oddities.leftOut()).isPositive();
    Path link = Files.createSymbolicLink(directory.resolve("named"), others.resolve("theirs"));
    assertThat(taken(new MboxSource(link, MboxVariant.MBOXRD, true, oddities))).hasSize(1);
  }

  @Test
  void aFolderThatGoesAwayKeepsNoOtherFromComing() throws IOException {
    String mail = "From - Fri Nov 27 07:33:07 2026\nSubject: x\n\n\n";
    Path root = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(root.resolve("Inbox"), mail);
    var source = new MboxSource(root, MboxVariant.MBOXRD, false, oddities);
    SourceFolder folder = source.folders().getFirst();
    Files.delete(root.resolve("Inbox"));
    source.read(folder, 1, _ -> {});
    assertThat(oddities.counts().keySet()).containsExactly(Oddity.GONE);
  }

  @Test
  void aLineWithAZoneThatIsNoneDividesNothing() throws IOException {
    assertThat(
            read(
                """
                From a Fri Nov 27 07:33:07 2026
                Subject: One

                From x Jan 1 10:00 2020 +9999
                From x Jan 1 10:00 2020 +9999

                From x Jan 1 10:00 2020 +9999

                From b Fri Nov 27 07:33:07 2026
                Subject: Two

                From c Fri Nov 27 07:33:07 2026
                Subject: Three

                """))
        .extracting(taken -> taken.text().lines().findFirst().orElse(""))
        .containsExactly("Subject: One", "Subject: Two", "Subject: Three");
  }

  @Test
  void keywordsThatAreTooManyOrTooLongAreToldAndNotTaken() throws IOException {
    var words = new StringBuilder();
    for (int i = 0; i < 10_001; i++) {
      words.append(" k").append(i);
    }
    List<Taken> taken =
        read(
            "From a Fri Nov 27 07:33:07 2026\nSubject: One\n\n"
                + "\nFrom a Fri Nov 27 07:33:07 2026\nX-Keywords: "
                + "x".repeat(101)
                + words
                + "\nStatus: R\nSubject: Two\n\n"
                + "\nFrom a Fri Nov 27 07:33:07 2026\nX-Mozilla-Keys: k1 k1\nSubject: Three\n\n\n");
    assertThat(taken)
        .extracting(Taken::text)
        .containsExactly("Subject: One\n\n", "Subject: Two\n\n", "Subject: Three\n\n");
    assertThat(taken.get(1).flags()).hasSize(101).contains("k0", "k99", "\\Seen");
    assertThat(taken.get(2).flags()).containsExactly("k1");
    assertThat(oddities.counts())
        .containsExactly(
            Map.entry(Oddity.KEYWORD_REFUSED, new Oddities.Count(1, List.of("at byte 47"))));
  }

  /// Whatever the text of messages, an mbox gives them back.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsExportedIsImportedAgain(long seed) throws IOException {
    var random = new Random(seed);
    var folder = new Frame.Folder(1, "INBOX", "", false, true, 0, 0);
    var wanted = new ArrayList<Taken>();
    Path root = directory.resolve("out");
    try (var target = new MboxTarget(root, oddities)) {
      target.begin(List.of(folder), List.of());
      for (int i = 0; i < 200; i++) {
        String text = "Subject: " + i + "\n" + RandomText.lines(random, i % 50 == 7 ? 9_000 : 12);
        List<String> flags = RandomText.flags(random);
        var date = Instant.ofEpochSecond(random.nextInt(2_000_000_000));
        var key = new SourceKey(1, 0, i + 1);
        wanted.add(new Taken(text, flags, date, key));
        target.message(
            folder,
            new Frame.Message(1, key, flags, date.toEpochMilli(), "m"),
            new ByteArrayInputStream(
                text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1)));
      }
      target.finish();
    }
    List<Taken> found = taken(new MboxSource(root, MboxVariant.MBOXRD, false, oddities));
    assertThat(found).hasSameSizeAs(wanted);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).text()).isEqualTo(wanted.get(i).text());
      assertThat(found.get(i).date()).isEqualTo(wanted.get(i).date());
      assertThat(found.get(i).flags()).containsExactlyInAnyOrderElementsOf(wanted.get(i).flags());
    }
  }

  @Test
  void aLongNameIsShortenedAndStaysItsOwn() throws IOException {
    Path root = directory.resolve("out");
    String above = "x".repeat(251);
    List<String> names =
        List.of(above + "1", above + "2", above + "1/" + "y".repeat(245), "Ж".repeat(120), "Work");
    var folders = new ArrayList<Frame.Folder>();
    for (String name : names) {
      folders.add(new Frame.Folder(folders.size(), name, "", false, true, 0, 0));
    }
    try (var target = new MboxTarget(root, oddities)) {
      target.begin(folders, List.of());
      for (Frame.Folder folder : folders) {
        target.message(
            folder,
            new Frame.Message(folder.number(), new SourceKey(1, 0, 1), List.of(), 0, "m"),
            new ByteArrayInputStream(
                ("Subject: " + folder.number() + "\r\n\r\n").getBytes(StandardCharsets.UTF_8)));
      }
      target.finish();
    }
    assertThat(oddities.counts())
        .hasEntrySatisfying(Oddity.NAME_CHANGED, count -> assertThat(count.number()).isEqualTo(4));
    var source = new MboxSource(root, MboxVariant.MBOXRD, false, new Oddities());
    List<String> found = source.folders().stream().map(SourceFolder::name).toList();
    assertThat(found).hasSize(5).contains("Work");
    assertThat(found.stream().filter(name -> name.contains("/")))
        .singleElement()
        .satisfies(name -> assertThat(found).contains(name.substring(0, name.indexOf('/'))));
    assertThat(taken(source)).hasSize(5);
  }

  /// Nothing but `IOException` comes out, it ends, and every byte of rubbish is somewhere.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void rubbishIsReadToItsEnd(long seed) throws IOException {
    var random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      read("From a\n" + RandomText.rubbish(random));
    }
  }

  private List<Taken> read(String text) throws IOException {
    return read(text, MboxVariant.MBOXRD);
  }

  private List<Taken> read(String text, MboxVariant variant) throws IOException {
    Path file = directory.resolve("box");
    Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    return taken(new MboxSource(file, variant, true, oddities));
  }

  private static List<Taken> taken(MboxSource source) throws IOException {
    var taken = new ArrayList<Taken>();
    for (SourceFolder folder : source.folders()) {
      source.read(
          folder,
          1,
          message -> {
            try (InputStream in = message.opener().open()) {
              String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
              assertThat(text.replace("\r\n", "")).doesNotContain("\n");
              taken.add(
                  new Taken(
                      text.replace("\r\n", "\n"),
                      message.flags(),
                      Instant.ofEpochMilli(message.internalMillis()),
                      message.key()));
            }
          });
    }
    return taken;
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }
}
