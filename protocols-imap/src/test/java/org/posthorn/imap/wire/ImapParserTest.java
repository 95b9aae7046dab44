package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.net.WireInput;

class ImapParserTest {
  private static final int BUDGET = 4096;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private int asked;

  private ImapParser parser(byte[] bytes, int bufferBytes) {
    return new ImapParser(
        WireInput.of(new ByteArrayInputStream(bytes), bufferBytes), () -> asked++);
  }

  private ImapCommand parse(String text) throws IOException, ImapSyntaxException {
    ImapParser parser = parser(text.getBytes(StandardCharsets.UTF_8), 1);
    assertThat(parser.tag(BUDGET, LIMIT)).isEqualTo("a");
    ImapCommand command = parser.command();
    assertThat(parser.skipRest()).isTrue();
    return command;
  }

  @Test
  void readsSequenceSets() throws Exception {
    var fetch = (ImapCommand.Fetch) parse("a fetch 5:3,*,7:* (uid flags uid)\r\n");
    assertThat(fetch.messages().ranges())
        .containsExactly(
            new SequenceSet.Range(5, 3),
            new SequenceSet.Range(SequenceSet.STAR, SequenceSet.STAR),
            new SequenceSet.Range(7, SequenceSet.STAR));
    assertThat(fetch.items()).containsExactly(FetchItem.Simple.UID, FetchItem.Simple.FLAGS);
    assertThat(fetch.byUid()).isFalse();
    assertThat(fetch.mayRenumber()).isFalse();
  }

  @Test
  void readsSections() throws Exception {
    var fetch =
        (ImapCommand.Fetch)
            parse("a UID FETCH 1 BODY.PEEK[2.1.Header.Fields (Subject {2+}\r\nTo)]<5.10>\r\n");
    assertThat(fetch.items())
        .containsExactly(
            new FetchItem.Bytes(
                List.of(2, 1),
                FetchItem.Text.HEADER_FIELDS,
                List.of("Subject", "To"),
                Optional.of(new FetchItem.Partial(5, 10)),
                false,
                "BODY[2.1.HEADER.FIELDS (Subject To)]<5>"));
  }

  @Test
  void readsStores() throws Exception {
    assertThat(parse("a STORE 1 (UNCHANGEDSINCE 9223372036854775807) -FLAGS.SILENT \\Seen x\r\n"))
        .isEqualTo(
            new ImapCommand.Store(
                new SequenceSet(List.of(new SequenceSet.Range(1, 1))),
                ImapCommand.StoreMode.REMOVE,
                true,
                List.of("\\Seen", "x"),
                OptionalLong.of(Long.MAX_VALUE),
                false));
  }

  @Test
  void readsAppends() throws Exception {
    String bytes = "a APPEND \"x y\" () \" 1-Jan-2026 00:00:60 -0130\" {3+}\r\nabc\r\n";
    ImapParser parser = parser(bytes.getBytes(StandardCharsets.UTF_8), 1);
    parser.tag(BUDGET, LIMIT);
    var append = (ImapCommand.Append) parser.command();
    assertThat(append.mailbox()).isEqualTo("x y");
    var message = append.messages().next().orElseThrow();
    assertThat(message.date()).contains(Instant.parse("2026-01-01T01:30:59Z"));
    var text = (AppendMessages.Part.Text) message.parts().next().orElseThrow();
    assertThat(text.literal().sizeBytes()).isEqualTo(3);
    assertThat(text.literal().open().readAllBytes()).hasSize(3);
    assertThat(message.parts().next()).isEmpty();
    assertThat(append.messages().next()).isEmpty();
    assertThat(asked).isZero();
  }

  @Test
  void readsSearches() throws Exception {
    var search = (ImapCommand.Search) parse("a SEARCH OR 1:2 (SEEN NOT SINCE 1-Feb-2026) ALL \r\n");
    assertThat(search.program().key())
        .isEqualTo(
            new SearchKey.And(
                List.of(
                    new SearchKey.Or(
                        new SearchKey.Numbers(
                            new SequenceSet(List.of(new SequenceSet.Range(1, 2)))),
                        new SearchKey.And(
                            List.of(
                                new SearchKey.Flag("\\SEEN"),
                                new SearchKey.Not(
                                    new SearchKey.Dated(
                                        SearchKey.Date.INTERNAL,
                                        SearchKey.Relation.SINCE,
                                        LocalDate.of(2026, 2, 1)))))),
                    new SearchKey.All())));
    assertThat(search.returning()).isEmpty();
    assertThat(((ImapCommand.Search) parse("a SEARCH RETURN () 1\r\n")).returning())
        .contains(SearchReturn.EVERYTHING);
  }

  @Test
  void asksForTheLiteralsThatWaitForIt() throws Exception {
    assertThat(parse("a LOGIN {3}\r\nann {6+}\r\nse\r\nrt\r\n"))
        .isEqualTo(new ImapCommand.Login("ann", "se\r\nrt"));
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void hasNoPasswordInItsText() throws Exception {
    assertThat(parse("a LOGIN ann secret\r\n").toString()).doesNotContain("secret");
  }

  @Test
  void forgivesABareLineFeed() throws Exception {
    assertThat(parse("a NOOP\n")).isEqualTo(new ImapCommand.Noop());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a ",
        "a NOOP\rX\n",
        "a \r\n",
        "a\r\n",
        "+ NOOP\r\n",
        "a LOGIN x\r\n",
        "a LOGIN \"x\\y\" z\r\n",
        "a LOGIN \u0000 x\r\n",
        "a FETCH 1: FLAGS\r\n",
        "a FETCH 4294967296 FLAGS\r\n",
        "a FETCH -1 FLAGS\r\n",
        "a FETCH 1,,2 FLAGS\r\n",
        "a FETCH 1 BODY[1.]\r\n",
        "a FETCH 1 BODY[HEADER.FIELDS ()]\r\n",
        "a FETCH 1 BODY[]<1>\r\n",
        "a STORE 1 +FLAGS (\\Seen\r\n",
        "a STORE 1 +FLAGS\r\n",
        "a STATUS x ()\r\n",
        "a APPEND x {a}\r\n",
        "a APPEND x {5} \r\n",
        "a APPEND x \"1-Jan-2026 25:00:00 +0000\" {5}\r\n",
        "a LIST (\"\" *\r\n",
        "a SEARCH\r\n",
        "a SEARCH ()\r\n",
        "a SEARCH CHARSET\r\n",
        "a ENABLE\r\n",
        "a ID (\"a\")\r\n",
        "a UID NOOP\r\n",
        "a SELECT x (QRESYNC)\r\n",
        "a LOGIN {3}{3}\r\nabc\r\n",
        "a LOGIN {1+}\r\n\u0000 x\r\n"
      })
  void refusesWhatIsNotOfTheGrammar(String text) {
    ImapParser parser = parser(text.getBytes(StandardCharsets.UTF_8), 8192);
    assertThatThrownBy(
            () -> {
              parser.tag(BUDGET, LIMIT);
              if (parser.command() instanceof ImapCommand.Append append) {
                readAll(append.messages());
              }
            })
        .isInstanceOfAny(ImapSyntaxException.class, EOFException.class);
  }

  /// Every byte of a command that stays in memory is paid for.
  @ParameterizedTest
  @CsvSource({
    "a LOGIN ,x",
    "'a LOGIN \"',x",
    "'a FETCH ','1,'",
    "'a FETCH 1 (','UID '",
    "'a SEARCH ','NOT '",
    "'a SEARCH (','ALL '",
    "'a ID (','\"a\" \"b\" '",
    "'a FETCH 1 BODY[HEADER.FIELDS (','x '",
    "'a FETCH 1 BODY[','1.'",
    "'a ENABLE','  x'",
    "'a LIST \"\" (','x '",
    "'a STORE 1 FLAGS (','x '",
    "'a STATUS x (','UIDNEXT '",
    "'a SORT (','DATE '",
    "'a SORT (DATE) UTF-8 ','('",
    "'a SORT RETURN (','SAVE '",
    "'a THREAD REFS UTF-8 ','NOT '",
    "'a SEARCH ','$,'",
    "'a SEARCH RETURN (','PARTIAL -1:-1 '",
    "'a ESEARCH IN (','personal '",
    "'a ESEARCH IN (mailboxes (','x '",
    "'a CANCELUPDATE',' \"\"'",
    "'a UID FETCH 1 UID (','VANISHED '",
    "'a FETCH ',9",
    "'a LOGIN {',0"
  })
  void stopsAtItsBudget(String start, String again) throws Exception {
    String text = start + again.repeat(200_000 / again.length());
    ImapParser parser = parser(text.getBytes(StandardCharsets.UTF_8), 8192);
    parser.tag(BUDGET, LIMIT);
    assertThatThrownBy(parser::command).isInstanceOf(ImapSyntaxException.class);
  }

  /// Literals that are together too long, each within the limit.
  @Test
  void countsLiteralsTogether() throws Exception {
    String text =
        "a LOGIN {3000+}\r\n"
            + "x".repeat(3000)
            + " {3000+}\r\n"
            + "y".repeat(3000)
            + "\r\nb NOOP\r\n";
    ImapParser parser = parser(text.getBytes(StandardCharsets.UTF_8), 100);
    parser.tag(BUDGET, LIMIT);
    assertThatThrownBy(parser::command).isInstanceOf(ImapSyntaxException.class);
    assertThat(parser.skipRest()).isTrue();
    assertThat(parser.tag(BUDGET, LIMIT)).isEqualTo("b");
    assertThat(parser.command()).isEqualTo(new ImapCommand.Noop());
  }

  @Test
  void givesUpOnALineWithoutEnd() throws Exception {
    ImapParser parser =
        parser(("a XYZZY " + "x".repeat(2_000_000)).getBytes(StandardCharsets.UTF_8), 8192);
    parser.tag(BUDGET, LIMIT);
    assertThatThrownBy(parser::command).isInstanceOf(ImapSyntaxException.class);
    assertThat(parser.skipRest()).isFalse();
  }

  /// Whatever comes, the parser says what is wrong or that the client is gone, and after any
  /// mistake the next command is found again.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void survivesMangledCommands(long seed) throws Exception {
    var random = new Random(seed);
    for (int i = 0; i < 6_000; i++) {
      byte[] bytes = mangled(random);
      ImapParser parser = parser(bytes, 1 + random.nextInt(64));
      try {
        while (parser.skipRest()) {
          try {
            parser.tag(BUDGET, LIMIT);
            switch (parser.command()) {
              case ImapCommand.Append append -> readAll(append.messages());
              case ImapCommand.Replace replace -> readAll(replace.replacement());
              default -> {}
            }
          } catch (ImapSyntaxException e) {
            assertThat(e.answer().text()).isNotEmpty();
          }
        }
      } catch (EOFException _) {
        // The end of the bytes.
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError(
            "Seed " + seed + ": " + new String(bytes, StandardCharsets.ISO_8859_1), e);
      }
    }
  }

  private static void readAll(AppendMessages messages) throws Exception {
    for (var message = messages.next(); message.isPresent(); message = messages.next()) {
      var parts = message.get().parts();
      for (var part = parts.next(); part.isPresent(); part = parts.next()) {
        if (part.get() instanceof AppendMessages.Part.Text(var literal, _)) {
          literal.open().readAllBytes();
        }
      }
    }
  }

  private static final List<String> SAMPLES =
      List.of(
          "a SEARCH RETURN (SAVE PARTIAL -1:-100 COUNT) CHARSET UTF-8 OR $ 1,2:* SEEN\r\n",
          "a UID SORT RETURN (UPDATE CONTEXT) (REVERSE DATE SUBJECT) KLINGON NOT (1 TEXT {1+}\r\nx)\r\n",
          "a THREAD REFERENCES UTF-8 SINCE 1-Jan-2026 UID $\r\n",
          "a ESEARCH IN (selected mailboxes (a \"b c\") subtree-one x) RETURN () ALL\r\n",
          "a CANCELUPDATE \"b\" \"c\"\r\n",
          "a UID FETCH 1:* (UID FLAGS) (PARTIAL 1:5 CHANGEDSINCE 7 VANISHED)\r\n",
          "a1 FETCH 1:*,5 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (From \"To\")]<0.10> RFC822.SIZE)\r\n",
          "a2 UID SEARCH RETURN (MIN COUNT) CHARSET UTF-8 OR (FROM {3+}\r\nabc NOT SEEN) 1:5\r\n",
          "a3 APPEND \"INBOX\" (\\Seen x) \"01-Jan-2026 10:00:00 +0100\" {4+}\r\nabcd\r\n",
          "a9 APPEND x CATENATE (TEXT {3+}\r\nabc URL \"/a;UIDVALIDITY=1/;UID=2\") (\\Seen) ~{1+}\r\nx\r\n",
          "a10 UID REPLACE 3 x (\\Draft) {2+}\r\nab\r\n",
          "a11 FETCH 1 (BINARY.PEEK[1.2]<0.5> BINARY.SIZE[3] PREVIEW (LAZY) UID) (CHANGEDSINCE 5)\r\n",
          "a4 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (a% *) RETURN (CHILDREN STATUS (MESSAGES))\r\n",
          "a5 STORE 2,4:7 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\\Deleted)\r\n",
          "a6 LOGIN {3}\r\nann {6+}\r\nsecret\r\n",
          "a7 ID (\"name\" \"x\" \"v\" NIL)\r\n",
          "a8 CREATE \"A&-B\" (USE (\\Drafts))\r\n",
          "a9 SEARCH MODSEQ \"/flags/\\\\seen\" all 7 YOUNGER 5 SENTON \"1-Feb-2026\"\r\n");

  private static byte[] mangled(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      var sample = new StringBuilder(SAMPLES.get(random.nextInt(SAMPLES.size())));
      for (int j = random.nextInt(4); j > 0; j--) {
        int at = random.nextInt(sample.length());
        switch (random.nextInt(4)) {
          case 0 -> sample.deleteCharAt(at);
          case 1 -> sample.insert(at, (char) random.nextInt(256));
          case 2 -> sample.insert(at, "(){}*%\"\\[]<>,:+\r\n 0".charAt(random.nextInt(19)));
          default -> sample.insert(at, sample.substring(0, random.nextInt(sample.length())));
        }
      }
      text.append(sample);
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
