package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.mailets.gate.ToyMilter.change;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// What a milter is told, and what is made of what it says. The milter is a toy, but a real peer on
/// a socket.
class MilterTest {
  private static final String MESSAGE =
      """
      Received: by us
      Subject: one
       two
      From:a@example.net
      X-Old: 1
      X-Old: 2

      body
      """;
  private static final Recipient BOB = Recipient.of(MailAddress.of("bob@example.org"));
  private static final Visitor VISITOR = GatesTest.visitor("192.0.2.7");
  private static final IncomingMail MAIL = GatesTest.mail("a@example.net");

  @TempDir private Path directory;

  private ToyMilter toy;

  MilterTest() throws IOException {
    this.toy = new ToyMilter();
  }

  @AfterEach
  void close() throws IOException {
    toy.close();
  }

  @Test
  void tellsAMilterEachStepWhenItComes() throws IOException {
    Gate gate = gate(Map.of());
    assertThat(gate.connection(VISITOR)).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).last().isEqualTo("C[192.0.2.7]\0004\0\000192.0.2.7\0");
    assertThat(gate.hello(VISITOR)).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).last().isEqualTo("Hclient.example\0");
    assertThat(gate.sender(VISITOR, MAIL)).isEqualTo(Verdict.pass());
    assertThat(gate.recipient(VISITOR, MAIL, BOB)).isEqualTo(Verdict.pass());
    assertThat(gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE))).isEqualTo(Verdict.pass());
    gate.gone(VISITOR);
    await(() -> toy.connected() == 0);
    assertThat(toy.heard())
        .containsExactly(
            "DCj\0mail.example.org\0_\0[192.0.2.7]\0v\0Posthorn\0{daemon_name}\0mx\0"
                + "{client_addr}\000192.0.2.7\0",
            "C[192.0.2.7]\0004\0\000192.0.2.7\0",
            "Hclient.example\0",
            "DMi\0c1\0{mail_addr}\0a@example.net\0{mail_host}\0example.net\0{mail_mailer}\0esmtp\0"
                + "{client_addr}\000192.0.2.7\0{client_name}\0[192.0.2.7]\0",
            "M<a@example.net>\0",
            "DR{rcpt_addr}\0bob@example.org\0{rcpt_host}\0example.org\0{rcpt_mailer}\0esmtp\0",
            "R<bob@example.org>\0",
            "DTi\0c1\0",
            "T",
            "LSubject\0one\n two\0",
            "LFrom\0a@example.net\0",
            "LX-Old\0001\0",
            "LX-Old\0002\0",
            "DNi\0c1\0",
            "N",
            "Bbody\r\n",
            "DEi\0c1\0{msg_size}\00085\0{nrcpts}\0001\0",
            "E",
            "Q");
  }

  @Test
  void tellsWhoHasLoggedInAndWhatTlsThereIs() {
    Gate gate = gate(Map.of());
    var visitor =
        new Visitor(
            InetAddress.ofLiteral("2001:db8::7"),
            "submission",
            "c7",
            Optional.of("client.example"),
            Optional.of(MailAddress.of("ann@example.org")),
            Optional.of("TLSv1.3 TLS_AES_128_GCM_SHA256"));
    gate.connection(visitor);
    gate.hello(visitor);
    gate.sender(visitor, MAIL);
    assertThat(toy.heard())
        .contains(
            "C[2001:db8::7]\0006\0\0002001:db8::7\0",
            "DH{tls_version}\0TLSv1.3\0{cipher}\0TLS_AES_128_GCM_SHA256\0")
        .anyMatch(said ->
            said.startsWith("DMi\0c7\0{auth_type}\0SASL\0{auth_authen}\0ann@example.org\0"));
  }

  /// libmilter's `xxfi_envfrom` and `xxfi_envrcpt` get them behind the address.
  @Test
  void tellsWhatTheClientAsksWithMailAndRcpt() {
    Gate gate = gate(Map.of());
    begin(gate);
    IncomingMail mail = MAIL.withParameters(List.of("SIZE=85", "BODY=8BITMIME", "AUTH=<>"));
    gate.sender(VISITOR, mail);
    gate.recipient(VISITOR, mail, BOB);
    var asked =
        new Recipient(
            MailAddress.of("carl@example.org"),
            Optional.of("rfc822;Carl C@example.net"),
            Set.of(Recipient.Notify.DELAY, Recipient.Notify.SUCCESS));
    gate.recipient(VISITOR, mail, asked);
    assertThat(toy.heard())
        .contains("M<a@example.net>\0SIZE=85\0BODY=8BITMIME\0AUTH=<>\0", "R<bob@example.org>\0")
        .last()
        .isEqualTo(
            "R<carl@example.org>\0NOTIFY=SUCCESS,DELAY\0ORCPT=rfc822;Carl+20C@example.net\0");
  }

  @Test
  void tellsOnlyWhatTheMilterWants() throws IOException {
    int noHelo = 0x02;
    int noBody = 0x10;
    int noData = 0x200;
    int silentMail = 0x4000;
    int silentHeader = 0x80;
    int leadingSpace = 0x100000;
    toy.without(noHelo | noBody | noData | silentMail | silentHeader | leadingSpace, "ML")
        .wants(0, "{client_addr} nonsense")
        .wants(2, "{mail_addr}")
        .wants(5, "j");
    Gate gate = gate(Map.of());
    assertThat(whole(gate)).isEqualTo(Verdict.pass());
    assertThat(toy.heard())
        .containsExactly(
            "DC{client_addr}\000192.0.2.7\0",
            "C[192.0.2.7]\0004\0\000192.0.2.7\0",
            "DM{mail_addr}\0a@example.net\0",
            "M<a@example.net>\0",
            "DR{rcpt_addr}\0bob@example.org\0{rcpt_host}\0example.org\0{rcpt_mailer}\0esmtp\0",
            "R<bob@example.org>\0",
            "DTi\0c1\0",
            "LSubject\0 one\n two\0",
            "LFrom\0a@example.net\0",
            "LX-Old\0 1\0",
            "LX-Old\0 2\0",
            "DNi\0c1\0",
            "N",
            "DEj\0mail.example.org\0",
            "E");
  }

  @Test
  void doesAsTheMilterSaysAtEachStep() throws IOException {
    toy.says('C', "r");
    assertThat(gate(Map.of()).connection(VISITOR))
        .isEqualTo(Verdict.refuse("The mail is not wanted", "milter: reject"));
    restart().says('H', "p", "t");
    Gate gate = gate(Map.of());
    gate.connection(VISITOR);
    assertThat(gate.hello(VISITOR)).isInstanceOf(Verdict.Defer.class);
    assertThat(gate.sender(VISITOR, MAIL)).as("it was about all").isInstanceOf(Verdict.Defer.class);
    restart().says('M', "y554 5.7.9 Not\r\n554 5.7.9 100%% today\0");
    gate = gate(Map.of());
    begin(gate);
    assertThat(gate.sender(VISITOR, MAIL))
        .isEqualTo(new Verdict.Refuse(554, "5.7.9", "Not 100% today", "milter: 554 5.7.9 Not"));
    restart().says('R', "y452 Too many\0");
    gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    assertThat(gate.recipient(VISITOR, MAIL, BOB))
        .isEqualTo(new Verdict.Defer(452, "4.7.1", "Too many", "milter: 452 Too many"));
    for (char letter : ToyMilter.letters("TLNBE")) {
      restart().says(letter, "r");
      assertThat(whole(gate(Map.of()))).as("at " + letter).isInstanceOf(Verdict.Refuse.class);
    }
    restart().says('E', "4");
    assertThat(whole(gate(Map.of())))
        .isInstanceOfSatisfying(
            Verdict.Defer.class, defer -> assertThat(defer.code()).isEqualTo(421));
  }

  @Test
  void tellsNoMoreOfWhatTheMilterHasAccepted() throws IOException {
    toy.says('C', "a");
    assertThat(whole(gate(Map.of()))).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).noneMatch(said -> said.startsWith("H") || said.startsWith("M"));
    restart().says('R', "a");
    Gate gate = gate(Map.of());
    assertThat(whole(gate)).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).noneMatch(said -> said.startsWith("T") || said.startsWith("E"));
    gate.sender(VISITOR, MAIL);
    assertThat(toy.heard()).as("the next mail").contains("A");
    restart().says('B', "s").says('L', "s");
    assertThat(whole(gate(Map.of()))).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).filteredOn(said -> said.startsWith("L")).hasSize(1);
    assertThat(toy.heard()).contains("E");
  }

  @Test
  void throwsAwayWhatTheMilterDiscards() throws IOException {
    for (char letter : ToyMilter.letters("MRTLNBE")) {
      restart().says(letter, "d");
      assertThat(whole(gate(Map.of())))
          .as("at " + letter)
          .isInstanceOfSatisfying(
              Verdict.Change.class, change -> assertThat(change.mail().recipients()).isEmpty());
    }
  }

  @Test
  void changesTheHeaderLineByLine() throws IOException {
    toy.says(
        'E',
        "p",
        "hX-Last\0end\n more\0",
        change('i', 0, "X-Top", "top"),
        change('i', 2, "X-Third", "third"),
        change('m', 2, "x-old", "second"),
        change('m', 1, "X-Old", ""),
        change('m', 1, "X-None", "new"),
        change('m', 1, "Received", "forged"),
        "hBad name\0x\0",
        "hX-Evil\0a\r\n\r\nB: c\rD: e\0",
        "c");
    assertThat(text(whole(gate(Map.of()))))
        .isEqualTo(
            """
            X-Top: top
            Received: by us
            X-Third: third
            Subject: one
             two
            From:a@example.net
            x-old: second
            X-Last: end
             more
            X-None: new
            Received: forged
            X-Evil: a
            \tB: c
            \tD: e

            body
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void changesBodyAndEnvelope() throws IOException {
    toy.says(
        'E',
        "bfirst\nse",
        "p",
        "bcond\r",
        "b\nthird",
        "+<carl@example.org>\0",
        "2<dora@example.org>\0NOTIFY=NEVER ORCPT=rfc822;d@example.org\0",
        "-<BOB@example.org>\0",
        "-<nobody@example.org>\0",
        "+not an address\0",
        "e<new@example.com>\0",
        "qlooks odd\0",
        "a");
    Verdict verdict = whole(gate(Map.of()));
    assertThat(text(verdict)).endsWith("X-Old: 2\r\n\r\nfirst\r\nsecond\r\nthird\r\n");
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change -> {
              assertThat(change.mail().sender()).hasValue(MailAddress.of("new@example.com"));
              assertThat(change.mail().recipients())
                  .extracting(one -> one.address() + " " + one.notifications())
                  .containsExactly("carl@example.org []", "dora@example.org [NEVER]");
              assertThat(change.mail().attributes())
                  .containsEntry("posthorn.quarantine", "looks odd");
              assertThat(change.reason())
                  .contains("body replaced", "recipient removed", "recipient not added", "sender");
            });
    restart().says('E', "e<>\0", "b", "c");
    verdict = whole(gate(Map.of()));
    assertThat(text(verdict)).endsWith("X-Old: 2\r\n\r\n");
    assertThat(((Verdict.Change) verdict).mail().sender()).isEmpty();
  }

  /// What no client could say with RCPT would be refused where the mail goes, or end up in reports.
  @Test
  void addsARecipientAsRcptCouldNameIt() {
    toy.says(
        'E',
        "2<carl@example.org>\0NOTIFY=SUCCESS,FAILURE\0ORCPT=rfc822;c+2Bx@example.org\0",
        "2<dora@example.org>\0NOTIFY=NEVER,FAILURE ORCPT=rfc822;d\r\nX-Evil: yes\0",
        "2<emil@example.org>\0ORCPT=rfc822;b+C3+BCcher@example.org\0",
        "2<fred@example.org>\0NOTIFY=SOON ORCPT=fred@example.org\0",
        "c");
    assertThat(whole(gate(Map.of())))
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change ->
                assertThat(change.mail().recipients().subList(1, 5))
                    .extracting(one -> one.notifications() + one.originalRecipient().orElse(""))
                    .satisfiesExactly(
                        carl ->
                            assertThat(carl)
                                .contains("SUCCESS", "FAILURE", "]rfc822;c+x@example.org"),
                        dora -> assertThat(dora).isEqualTo("[]"),
                        emil -> assertThat(emil).isEqualTo("[]utf-8;bücher@example.org"),
                        fred -> assertThat(fred).isEqualTo("[]")));
  }

  /// Whoever signs behind it signs what others get, and a piece may end anywhere.
  @Test
  void aNewBodyIsInLinesAsItIsSent() throws IOException {
    toy.says(
        'E',
        "bone\r\r\ntwo\nthree words\rand a half\rmore\r\nfo",
        "hX-Between\0yes\0",
        "bur\r",
        "hX-Again\0yes\0",
        "b\n\r\r\nlast",
        "c");
    assertThat(text(whole(gate(Map.of()))))
        .endsWith("\r\n\r\none\r\ntwo\r\nthree words and a half more\r\nfour\r\n\r\nlast\r\n");
    restart().says('E', "bends with words\r", "c");
    assertThat(text(whole(gate(Map.of())))).endsWith("\r\n\r\nends with words\r\n");
  }

  /// Each packet is a sign of life, also within a body.
  @Test
  void waitsForABodyThatComesSlowly() throws IOException {
    String pause = ToyMilter.PAUSE;
    toy.says('E', "bone\r\n", pause, "p", pause, "p", pause, "btwo\r\n", pause, "c");
    assertThat(text(whole(gate(Map.of("patience", "900ms"))))).endsWith("\r\none\r\ntwo\r\n");
  }

  /// RFC 3030 §3: what was binary is binary, and goes into base64 later.
  @Test
  void aNewBodyOfABinaryMessageStaysAsItIs() throws IOException {
    String body = "--x\r\n\r\n\rwhatever\n\0\r\n--x--";
    toy.says('E', "b" + body, "c");
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    byte[] binary = ("Subject: any bytes\r\n\r\n" + body).getBytes(US_ASCII);
    assertThat(text(gate.content(VISITOR, MAIL, HeapMessage.of(binary))))
        .isEqualTo("Subject: any bytes\r\n\r\n" + body);
  }

  /// The gate behind it has refused the second hello: RFC 5321 §4.1.4 lets all stay as it was.
  @Test
  void tellsAMailAgainThatGoesOnBehindAHelloThatAnotherGateRefuses() throws IOException {
    toy.says('E', "r");
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    gate.hello(VISITOR);
    assertThat(gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE)))
        .isInstanceOf(Verdict.Refuse.class);
    assertThat(toy.heard()).filteredOn(said -> said.startsWith("R<bob@")).hasSize(2);
    restart().says('R', "r");
    Gate other = gate(Map.of());
    begin(other);
    other.sender(VISITOR, MAIL);
    other.hello(VISITOR);
    assertThat(other.recipient(VISITOR, MAIL.withRecipients(List.of()), BOB))
        .isInstanceOf(Verdict.Refuse.class);
  }

  /// Else it would hear of recipients and a text in no mail, and libmilter lets those pass.
  @Test
  void whoRefusesTheSenderThatItIsToldAgainHearsNoMoreOfTheMail() {
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    gate.hello(VISITOR);
    toy.says('M', "r");
    for (int i = 0; i < 2; i++) {
      assertThat(gate.recipient(VISITOR, MAIL.withRecipients(List.of()), BOB))
          .isInstanceOf(Verdict.Refuse.class);
    }
    assertThat(gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE)))
        .isInstanceOf(Verdict.Refuse.class);
    assertThat(toy.heard()).noneMatch(said -> said.startsWith("R") || said.equals("T"));
  }

  /// A line that is no field belongs to none: such as the mark that programs put before a message
  /// of a mailbox file.
  @Test
  void tellsFieldsWithoutWhatStandsBetweenThem() throws IOException {
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    toy.says('E', "hX-Added\0yes\0", "c");
    String message =
        """
        Received: by us
        From ann Mon Nov 30 12:00:00 2026
        Subject: x
        not a field: y
        From: a@example.net

        body
        """;
    Verdict verdict = gate.content(VISITOR, MAIL, HeapMessage.of(message));
    assertThat(toy.heard())
        .filteredOn(said -> said.startsWith("L"))
        .containsExactly("LSubject\0x\0", "LFrom\0a@example.net\0");
    assertThat(text(verdict))
        .startsWith("Received: by us\r\nFrom ann Mon Nov 30 12:00:00 2026\r\nSubject: x\r\n")
        .contains("\r\nnot a field: y\r\nFrom: a@example.net\r\nX-Added: yes\r\n\r\nbody");
  }

  /// With a longer packet libmilter hangs up, and a spammer would have got rid of it.
  @Test
  void tellsTheBeginningOfAFieldThatIsTooLong() throws IOException {
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    String message =
        "Subject: x\nX-Long: %s\n%s: y\nX-Last: z\n\nbody\n"
            .formatted("x".repeat(70_000), "X-" + "y".repeat(70_000));
    gate.content(VISITOR, MAIL, HeapMessage.of(message));
    assertThat(toy.heard()).contains("LX-Last\0z\0").allMatch(said -> said.length() <= 65_536);
    assertThat(toy.heard()).contains("LX-Long\0" + "x".repeat(65_527) + "\0");
  }

  /// A milter that does without the first steps would be missed only when it matters.
  @Test
  void leavesALineThatTheMilterHasClosed() throws IOException {
    int noConnect = 0x01;
    int noHelo = 0x02;
    toy.without(noConnect | noHelo, "").says('K', ToyMilter.HANG_UP);
    Gate gate = gate(Map.of("reuse", "1"));
    whole(gate);
    gate.gone(VISITOR);
    await(() -> toy.gone() == 1);
    assertThat(whole(gate)).isEqualTo(Verdict.pass());
    assertThat(toy.clients()).isEqualTo(2);
  }

  @Test
  void tellsOneMilterOfAllMailsOfAClient() throws IOException {
    Gate gate = gate(Map.of());
    assertThat(whole(gate)).isEqualTo(Verdict.pass());
    assertThat(mail(gate)).isEqualTo(Verdict.pass());
    gate.sender(VISITOR, MAIL);
    gate.sender(VISITOR, MAIL);
    assertThat(toy.clients()).isEqualTo(1);
    assertThat(toy.heard()).filteredOn(said -> said.startsWith("M")).hasSize(4);
    assertThat(toy.heard()).filteredOn(said -> said.equals("A")).hasSize(1);
  }

  @Test
  void keepsALineForTheNextClientWhereItMay() throws IOException {
    Gate gate = gate(Map.of("reuse", "2"));
    begin(gate);
    gate.gone(VISITOR);
    await(() -> toy.heard().contains("Q"));
    whole(gate);
    gate.gone(VISITOR);
    whole(gate);
    assertThat(toy.clients()).isEqualTo(2);
    assertThat(toy.heard()).filteredOn(said -> said.equals("K")).hasSize(1);
    assertThat(toy.heard()).filteredOn(said -> said.equals("Q")).hasSize(1);
    gate.gone(VISITOR);
    String at = toy.at();
    toy.close();
    assertThatThrownBy(() -> gate.connection(VISITOR)).hasMessageContaining("milter at " + at);
  }

  @Test
  void keepsNoLineOnceItIsClosed() throws IOException {
    Gate gate = gate(Map.of("reuse", "2"));
    whole(gate);
    gate.gone(VISITOR);
    await(() -> toy.heard().contains("K"));
    assertThat(toy.connected()).isEqualTo(1);
    gate.close();
    await(() -> toy.connected() == 0);
    assertThat(toy.heard()).last().isEqualTo("Q");
    whole(gate);
    gate.gone(VISITOR);
    await(() -> toy.connected() == 0);
    assertThat(toy.heard()).last().isEqualTo("Q");
    gate.close();
  }

  @Test
  void speaksThroughUnixSocketsToo() throws IOException {
    toy.close();
    Path socket = directory.resolve("milter.sock");
    toy = new ToyMilter(Optional.of(socket));
    toy.says('E', "hX-Unix\0yes\0", "c");
    assertThat(text(whole(gate(Map.of("at", "unix:" + socket))))).contains("X-Unix: yes\r\n");
    assertThatThrownBy(() -> gate(Map.of("at", "nowhere")))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("path of a socket");
    assertThat(Remote.Place.of("at", "inet:8891@[::1]")).hasToString("::1:8891");
  }

  @Test
  void looksForAMilterThatWasLostWithTheNextMail() throws IOException {
    toy.says('R', ToyMilter.HANG_UP);
    Gate gate = gate(Map.of());
    begin(gate);
    gate.sender(VISITOR, MAIL);
    assertThatThrownBy(() -> gate.recipient(VISITOR, MAIL, BOB))
        .hasMessageContaining("closed the connection");
    assertThatThrownBy(() -> gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE)))
        .as("the story has what failed last: that is to be the cause")
        .hasMessageContaining("closed the connection");
    toy.says('R', "c");
    assertThat(gate.sender(VISITOR, MAIL)).isEqualTo(Verdict.pass());
    assertThat(gate.recipient(VISITOR, MAIL, BOB)).isEqualTo(Verdict.pass());
    assertThat(toy.heard()).filteredOn(said -> said.startsWith("H")).hasSize(2);
  }

  /// Asked anew at each step, one that hangs would keep each client waiting five times.
  @Test
  void keepsAClientWaitingForASilentMilterOnlyOnce() throws IOException {
    toy.says('O', ToyMilter.SILENT);
    Gate gate = gate(Map.of("patience", "200ms"));
    String why = "milter at " + toy.at() + ": no answer in 200 ms";
    assertThatThrownBy(() -> gate.connection(VISITOR)).hasMessage(why);
    for (int mail = 0; mail < 2; mail++) {
      for (ThrowingCallable step :
          List.<ThrowingCallable>of(
              () -> gate.hello(VISITOR),
              () -> gate.sender(VISITOR, MAIL),
              () -> gate.recipient(VISITOR, MAIL, BOB),
              () -> gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE)))) {
        assertThatThrownBy(step).isInstanceOf(UncheckedIOException.class).hasMessage(why);
      }
    }
    assertThat(toy.clients()).isOne();
    gate.gone(VISITOR);
    assertThatThrownBy(() -> gate.connection(VISITOR)).hasMessageContaining("no answer in");
    assertThat(toy.clients()).as("a new client is a new try").isEqualTo(2);
  }

  @Test
  void namesWhatKeepsItFromAMilterAtEachStep() throws IOException {
    String nobody = toy.at();
    toy.close();
    Gate gate = gate(Map.of("at", nobody));
    assertThatThrownBy(() -> gate.connection(VISITOR)).hasMessageContaining("refused");
    assertThatThrownBy(() -> gate.hello(VISITOR)).hasMessageContaining("refused");
    assertThatThrownBy(() -> gate.sender(VISITOR, MAIL)).hasMessageContaining("refused");
    assertThatThrownBy(() -> gate.recipient(VISITOR, MAIL, BOB)).hasMessageContaining("refused");
  }

  private ToyMilter restart() throws IOException {
    toy.close();
    toy = new ToyMilter();
    return toy;
  }

  private Gate gate(Map<String, String> parameters) {
    var all = new HashMap<String, String>(parameters);
    try {
      all.putIfAbsent("at", parameters.containsKey("at") ? parameters.get("at") : toy.at());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return TestParameters.gate(new Milter.Factory(), all, new TestServices());
  }

  private static void begin(Gate gate) {
    gate.connection(VISITOR);
    gate.hello(VISITOR);
  }

  /// A client with one mail.
  private static Verdict whole(Gate gate) {
    begin(gate);
    return mail(gate);
  }

  private static Verdict mail(Gate gate) {
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    return gate.content(VISITOR, MAIL, HeapMessage.of(MESSAGE));
  }

  private static String text(Verdict verdict) throws IOException {
    Message message = ((Verdict.Change) verdict).message();
    try (InputStream bytes = message.open()) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    while (!condition.holds()) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
