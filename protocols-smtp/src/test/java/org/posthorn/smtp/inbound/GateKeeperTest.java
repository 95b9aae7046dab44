package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;

/// Gates between the client and the spool.
class GateKeeperTest {
  private static final String HELLO =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;

  /// RFC 5321 §3.1: who is not welcome hears 503 until he says QUIT.
  private static final String AT_THE_DOOR =
      """
      S: 554 5.7.1 Go away
      C: EHLO client.example
      S: 503 5.5.1 You are not welcome here
      C: MAIL FROM:<x@example.net>
      S: 503 5.5.1 You are not welcome here
      C: QUIT
      S: 221 2.0.0 Bye
      -- closed
      """;

  private static final String MAIL =
      """
      C: MAIL FROM:<x@example.net>
      S: 250 2.1.0 Sender ok
      """;
  private static final String RCPT =
      """
      C: RCPT TO:<bob@example.org>
      S: 250 2.1.5 Recipient ok
      """;
  private static final String TEXT =
      """
      C: DATA
      S: 354 Go ahead, and end with a dot on a line of its own
      C: Subject: hi
      C:
      C: text
      C: .
      """;
  private static final String ACCEPTED = "S: ~250 2\\.0\\.0 Accepted as .+\n";

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  /// Says the same at one stage, and remembers what it was asked.
  private static final class At implements Gate {
    private final String stage;
    private final Verdict verdict;
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

    At(String stage, Verdict verdict) {
      this.stage = stage;
      this.verdict = verdict;
    }

    private Verdict at(String now, String about) {
      asked.add(now + " " + about);
      return now.equals(stage) ? verdict : Verdict.pass();
    }

    @Override
    public Verdict connection(Visitor visitor) {
      return at("connection", visitor.port());
    }

    @Override
    public Verdict hello(Visitor visitor) {
      return at("hello", visitor.helo().orElseThrow());
    }

    @Override
    public Verdict sender(Visitor visitor, IncomingMail mail) {
      return at("sender", mail.sender().orElseThrow() + "");
    }

    @Override
    public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
      return at("recipient", recipient.address() + " after " + mail.recipients().size());
    }

    @Override
    public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
      try (InputStream bytes = message.open()) {
        String text = new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
        return at("content", text.substring(text.indexOf("Subject")).replace("\r\n", "|"));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void gone(Visitor visitor) {
      asked.add("gone");
    }
  }

  @Test
  void asksAtEachStage() {
    var gate = new At("none", Verdict.pass());
    with(guarded("g", gate, false, false)).play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(gate.asked)
        .containsExactly(
            "connection mx",
            "hello client.example",
            "sender x@example.net",
            "recipient bob@example.org after 0",
            "content Subject: hi||text|",
            "gone");
  }

  @Test
  void refusesAtEachStage() {
    refusing("connection").play(Role.MX, AT_THE_DOOR);
    refusing("hello")
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            S: 550 5.7.1 Go away
            C: MAIL FROM:<x@example.net>
            S: 503 5.5.1 Say hello first
            """);
    refusing("sender")
        .play(Role.MX, HELLO + "C: MAIL FROM:<x@example.net>\nS: 550 5.7.1 Go away\n");
    refusing("recipient")
        .play(
            Role.MX,
            HELLO
                + MAIL
                + """
                C: RCPT TO:<nobody@example.org>
                S: 550 5.1.1 No such user here
                C: RCPT TO:<bob@example.org>
                S: 550 5.7.1 Go away
                C: DATA
                S: 503 5.5.1 No recipients
                """);
    refusing("content").play(Role.MX, HELLO + MAIL + RCPT + TEXT + "S: 550 5.7.1 Go away\n");
    assertThat(house.mails()).isEmpty();
  }

  /// RFC 5321 §4.3.2: a greeting is 220, 554, or 421 where the server hangs up.
  @Test
  void hangsUpOnWhomItDefersAtTheDoor() {
    Verdict later = new Verdict.Defer(451, "4.7.1", "Come again", "test");
    with(guarded("g", new At("connection", later), false, false))
        .play(Role.MX, "S: 421 4.7.1 Come again\n-- closed\n");
    Gate broken =
        new Gate() {
          @Override
          public Verdict connection(Visitor visitor) {
            throw new IllegalStateException("broken");
          }
        };
    with(guarded("g", broken, true, false))
        .play(Role.MX, "S: 421 4.3.0 Trouble here, try again later\n-- closed\n");
  }

  /// It costs a connection: whoever stays without a word is not waited for.
  @Test
  void hangsUpWithoutAWordOnWhomItRefusedAtTheDoorAndWhoStays() {
    refusing("connection")
        .withLimits(SmallLimits.commandTimeout(Duration.ofMillis(100)))
        .play(Role.MX, "S: 554 5.7.1 Go away\n-- closed\n");
  }

  /// RFC 5321 §4.1.4: all stays as it was.
  @Test
  void staysWhereItWasWhenANewHelloIsRefused() {
    Gate gate =
        new Gate() {
          @Override
          public Verdict hello(Visitor visitor) {
            return visitor.helo().orElseThrow().startsWith("bad")
                ? Verdict.refuse("Go away", "test")
                : Verdict.tag("test.helo", visitor.helo().orElseThrow(), "seen");
          }
        };
    with(guarded("g", gate, false, false))
        .play(
            Role.MX,
            HELLO
                + "C: EHLO bad.example\nS: 550 5.7.1 Go away\n"
                + MAIL
                + RCPT
                + "C: HELO bad.example\nS: 550 5.7.1 Go away\n"
                + TEXT
                + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.attributes()).containsEntry("test.helo", "client.example");
    assertThat(mail.prefix()).contains("from client.example ").doesNotContain("bad.example");
  }

  /// RFC 3207 §4.2: what was noted of an earlier one, and whom it made a friend, is forgotten.
  @Test
  void judgesEachHelloAnew() {
    Gate first =
        new Gate() {
          @Override
          public Verdict connection(Visitor visitor) {
            return Verdict.tag("test.seen", "yes", "seen").withHeader("X-Seen", "yes");
          }

          @Override
          public Verdict hello(Visitor visitor) {
            String name = visitor.helo().orElseThrow();
            return name.startsWith("friend")
                ? new Verdict.Accept("friend")
                : Verdict.tag("test." + name, "1", "named").withHeader("X-Helo", name);
          }
        };
    var second = new At("sender", Verdict.refuse("Go away", "test"));
    with(guarded("first", first, false, false), guarded("second", second, false, true))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO a.example
            S: ...
            S: 250 HELP
            C: EHLO friend.example
            S: ...
            S: 250 HELP
            C: STARTTLS
            S: 220 2.0.0 Go ahead
            -- tls
            C: EHLO b.example
            S: ...
            S: 250 HELP
            """
                + MAIL
                + RCPT
                + TEXT
                + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.prefix()).startsWith("X-Seen: yes\r\nX-Helo: b.example\r\nReceived: ");
    assertThat(mail.attributes())
        .containsEntry("test.seen", "yes")
        .containsEntry("test.b.example", "1")
        .containsEntry("gate.first", "named")
        .containsEntry("gate.second", "would refuse: test")
        .doesNotContainKey("test.a.example");
  }

  /// A gate that counts who is here would else count down for those it never saw.
  @Test
  void tellsOnlyThoseThatWereAskedThatTheClientHasGone() {
    var first = new At("connection", Verdict.refuse("Go away", "test"));
    var second = new At("none", Verdict.pass());
    with(guarded("first", first, false, false), guarded("second", second, false, false))
        .play(Role.MX, AT_THE_DOOR);
    assertThat(first.asked).containsExactly("connection mx", "gone");
    assertThat(second.asked).isEmpty();
  }

  @Test
  void handsNotesToTheChain() {
    var tag = Verdict.tag("test.score", "5", "why").withHeader("X-Score", "5\r\nX: y");
    with(guarded("g", new At("sender", tag), false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.attributes()).containsEntry("test.score", "5").containsEntry("gate.g", "why");
    assertThat(mail.prefix()).startsWith("X-Score: 5  X: y\r\nReceived: ");
  }

  /// Results of ten signatures with long names are as long as this, and what matters stands last.
  @Test
  void aLongFieldIsWrittenWhole() {
    String value = "mx.example.org; " + "x=fail reason=long ".repeat(700) + "; dmarc=fail";
    var tag = Verdict.tag("test.found", "much", "why").withHeader("Authentication-Results", value);
    with(guarded("g", new At("content", tag), false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat((mail.prefix() + mail.text()).replaceAll("\\r\\n[ \\t]", " "))
        .startsWith("Authentication-Results: " + value + "\r\nReceived: ");
  }

  @Test
  void gatesSeeWhatTheClientAsksWithMail() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Gate sees =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            seen.add("sender " + mail.parameters());
            return Verdict.tag("test.seen", "yes", "noted");
          }

          @Override
          public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
            seen.add("recipient " + mail.parameters() + recipient.notifications());
            return Verdict.pass();
          }

          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            seen.add("content " + mail.parameters());
            return new Verdict.Change(mail.withSender(Optional.empty()), message, "changed");
          }
        };
    with(guarded("one", sees, false, false), guarded("two", sees, false, false))
        .play(
            Role.MX,
            HELLO
                + """
                C: mail from:<x@example.net>  Size=60 BODY=8BITMIME auth=<>
                S: 250 2.1.0 Sender ok
                C: RCPT TO:<bob@example.org> NOTIFY=NEVER
                S: 250 2.1.5 Recipient ok
                """
                + TEXT
                + ACCEPTED);
    String asked = "[Size=60, BODY=8BITMIME, auth=<>]";
    assertThat(seen)
        .containsExactly(
            "sender " + asked,
            "sender " + asked,
            "recipient " + asked + "[NEVER]",
            "recipient " + asked + "[NEVER]",
            "content " + asked,
            "content " + asked);
  }

  /// However many notes others have left: it would be delivered.
  @Test
  void aMailThatAGateHoldsIsHeldHoweverMuchIsNotedOfIt() {
    Map<String, String> many = new HashMap<>();
    IntStream.range(0, 60).forEach(i -> many.put("test." + i, "noted"));
    var talks = new At("sender", new Verdict.Tag(many, List.of(), "talks"));
    Gate holds =
        changing((mail, message) ->
            new Verdict.Change(mail.withAttribute(NewMail.QUARANTINE, "fishy"), message, "held"));
    with(guarded("talks", talks, false, false), guarded("holds", holds, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes())
        .hasSizeLessThan(50)
        .containsEntry(NewMail.QUARANTINE, "fishy");
  }

  /// As where the client names somebody twice.
  @Test
  void whomAGateAddsWhoHasItAlreadyGetsItOnce() {
    Gate adds =
        changing((mail, message) ->
            new Verdict.Change(
                mail.withRecipients(
                    Stream.concat(
                            mail.recipients().stream(),
                            Stream.of(
                                    "BOB@example.org",
                                    "x@example.net",
                                    "X@example.net",
                                    "x@example.net")
                                .map(MailAddress::of)
                                .map(Recipient::of))
                        .toList()),
                message,
                "added"));
    with(guarded("g", adds, false, false)).play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().recipients())
        .extracting(recipient -> recipient.address().toString())
        .containsExactly("bob@example.org", "x@example.net", "X@example.net");
  }

  /// Where a gate takes over what another server of ours has found, it must see that first.
  @Test
  void showsResultsInOurNameToWhomTakesThemOver() {
    String field = "Authentication-Results: example.org; dmarc=pass";
    String text = TEXT.replace("C: Subject: hi\n", "C: Subject: hi\nC: " + field + "\n");
    var other = new At("none", Verdict.pass());
    with(guarded("g", other, false, false)).play(Role.MX, HELLO + MAIL + RCPT + text + ACCEPTED);
    assertThat(other.asked).contains("content Subject: hi||text|");

    var relay = new At("sender", Verdict.tag(NewMail.RELAYED, "yes", "ours"));
    with(guarded("g", relay, false, false)).play(Role.MX, HELLO + MAIL + RCPT + text + ACCEPTED);
    assertThat(relay.asked).contains("content Subject: hi|" + field + "||text|");
    assertThat(house.mails())
        .hasSize(2)
        .allSatisfy(mail -> assertThat(mail.text()).isEqualTo("Subject: hi\r\n\r\ntext\r\n"));
  }

  /// Whoever was to take them over may not have done it: it only tries, or has failed.
  @Test
  void resultsInOurNameAreNotLeftInAMailThatAnotherGateChanges() {
    String text =
        TEXT.replace(
            "C: Subject: hi\n",
            "C: Subject: hi\nC: Authentication-Results: example.org; dmarc=pass\n");
    var relay = new At("sender", Verdict.tag(NewMail.RELAYED, "yes", "ours"));
    Gate other =
        changing((mail, message) ->
            new Verdict.Change(mail, message.withHeader("X-New", "1"), "looked at"));
    with(guarded("relay", relay, false, false), guarded("other", other, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + text + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.prefix()).contains("X-New: 1");
    assertThat(mail.text()).isEqualTo("Subject: hi\r\n\r\ntext\r\n");
  }

  @Test
  void storesWhatAGateHasMadeOfTheMail() {
    Recipient ann = Recipient.of(MailAddress.of("ann@example.org"));
    Gate rewrites =
        changing((mail, message) ->
            new Verdict.Change(
                mail.withSender(Optional.empty())
                    .withRecipients(List.of(ann))
                    .withAttribute("test.changed", "yes"),
                bytes(message, "X: new\r\nSubject: other\r\n\r\nall new\r\n"),
                "rewritten"));
    var second = new At("none", Verdict.pass());
    with(guarded("g", rewrites, false, false), guarded("second", second, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.sender()).isEmpty();
    assertThat(mail.recipients()).containsExactly(ann);
    assertThat(mail.prefix() + mail.text())
        .isEqualTo("X: new\r\nSubject: other\r\n\r\nall new\r\n");
    assertThat(mail.attributes())
        .containsEntry("test.changed", "yes")
        .containsEntry("gate.g", "rewritten");
    assertThat(second.asked).contains("content Subject: other||all new|");
  }

  @Test
  void keepsWhatAGateHasNotChanged() {
    Gate adds =
        changing((mail, message) ->
            new Verdict.Change(
                mail,
                message
                    .withHeader("X-New", "1")
                    .withoutHeaders(field -> field.is("Subject") || field.is("Received")),
                "one more"));
    with(guarded("g", adds, false, false)).play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.prefix()).isEqualTo("X-New: 1\r\n");
    assertThat(mail.text()).isEqualTo("\r\ntext\r\n");
    assertThat(mail.recipients()).extracting(Recipient::address).hasToString("[bob@example.org]");
  }

  @Test
  void throwsAwayWhatIsLeftToNobody() {
    Gate discards = changing((mail, message) -> Verdict.discard(mail, message, "noise"));
    with(guarded("g", discards, false, false))
        .play(
            Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED + MAIL + "C: QUIT\nS: 221 2.0.0 Bye\n");
    assertThat(house.mails()).isEmpty();
    with(guarded("g", discards, false, true)).play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes()).containsEntry("gate.g", "would change: noise");
  }

  /// Nobody who comes later may refuse it, or give it to somebody after all.
  @Test
  void whatIsThrownAwayStaysSo() {
    var asked = new AtomicInteger();
    Gate discards = changing((mail, text) -> Verdict.discard(mail, text, "noise"));
    Gate copies =
        changing((mail, text) -> {
          asked.incrementAndGet();
          return new Verdict.Change(
              mail.withRecipients(List.of(Recipient.of(MailAddress.of("ann@example.org")))),
              text,
              "copied");
        });
    with(guarded("g", discards, false, false), guarded("copies", copies, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.mails()).isEmpty();
    assertThat(asked).hasValue(0);
    var refuses = new At("content", Verdict.refuse("Go away", "test"));
    with(guarded("g", discards, false, false), guarded("refuses", refuses, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    with(guarded("g", discards, false, true), guarded("copies", copies, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().recipients())
        .extracting(recipient -> recipient.address().toString())
        .containsExactly("ann@example.org");
  }

  private interface Content {
    Verdict judge(IncomingMail mail, Message message);
  }

  private static Gate changing(Content content) {
    return new Gate() {
      @Override
      public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
        return content.judge(mail, message);
      }
    };
  }

  private static Message bytes(Message message, String text) {
    try {
      return message.withBytes(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void asksNobodyElseWhenOneAccepts() {
    var second = new At("sender", Verdict.refuse("Go away", "test"));
    with(
            guarded("first", new At("connection", new Verdict.Accept("friend")), false, false),
            guarded("second", second, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(second.asked).isEmpty();
    assertThat(house.onlyMail().attributes()).containsEntry("gate.first", "friend");
  }

  /// Whom it would accept is a stranger to the others.
  @Test
  void aDryRunAcceptsNobody() {
    var second = new At("none", Verdict.pass());
    with(
            guarded("first", new At("sender", new Verdict.Accept("friend")), false, true),
            guarded("second", second, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes()).containsEntry("gate.first", "would accept: friend");
    assertThat(second.asked).contains("sender x@example.net");
  }

  /// It is out of its mind, or not ours any more.
  @Test
  void aGateThatAddsTooManyRecipientsChangesNothing() {
    Gate adds =
        changing((mail, message) -> {
          List<Recipient> more = new ArrayList<>(mail.recipients());
          for (int i = 0; i < (mail.sender().isPresent() ? 101 : 100); i++) {
            more.add(Recipient.of(MailAddress.of("user%d@example.com".formatted(i))));
          }
          return new Verdict.Change(mail.withRecipients(more), message, "copied");
        });
    SmtpHouse strict =
        with(guarded("g", adds, false, false)).withLimits(SmallLimits.recipientsMax(100));
    strict.play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.recipients()).extracting(Recipient::address).hasToString("[bob@example.org]");
    assertThat(mail.attributes())
        .containsEntry(
            "gate.g", "gate g failed: it adds 101 recipients, and may add 100 (recipients-max)");
    strict.play(Role.MX, HELLO + MAIL.replace("x@example.net", "") + RCPT + TEXT + ACCEPTED);
    assertThat(house.mails().getLast().recipients()).hasSize(101);
  }

  @Test
  void onlyWritesDownWhatADryRunWouldDo() {
    with(guarded("g", new At("recipient", Verdict.refuse("Go away", "bad")), false, true))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes()).containsEntry("gate.g", "would refuse: bad");
  }

  /// What it would have noted is known to itself at the next stage, and to nobody else.
  @Test
  void aDryRunTagsNothing() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Gate trying =
        new Gate() {
          @Override
          public Verdict hello(Visitor visitor) {
            return Verdict.tag("test.helo", visitor.helo().orElseThrow(), "named");
          }

          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            seen.add("own " + mail.attribute("test.helo").orElse("nothing"));
            return Verdict.tag("auth.disposition", "quarantine", "forged").withHeader("X-Bad", "1");
          }

          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            seen.add("own " + mail.attribute("auth.disposition").orElse("nothing"));
            return Verdict.tag("test.content", "bad", "looks bad");
          }
        };
    Gate other =
        changing((mail, message) -> {
          seen.add("other " + mail.attribute("auth.disposition").orElse("nothing"));
          return new Verdict.Change(mail, message.withHeader("X-New", "1"), "one more");
        });
    with(guarded("trying", trying, false, true), guarded("other", other, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(seen).containsExactly("own client.example", "own quarantine", "other nothing");
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.attributes())
        .containsOnly(
            Map.entry("gate.trying", "would tag: looks bad"), Map.entry("gate.other", "one more"));
    assertThat(mail.prefix()).doesNotContain("X-Bad");
  }

  @Test
  void leavesBehindWhatHangsOrThrows() {
    var never = new CountDownLatch(1);
    Gate hangs =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            try {
              never.await();
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
            return Verdict.pass();
          }
        };
    Gate throwing =
        new Gate() {
          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            throw new LinkageError("bug");
          }
        };
    with(guarded("hangs", hangs, false, false), guarded("throws", throwing, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes().get("gate.hangs")).contains("took more than");
    assertThat(house.onlyMail().attributes().get("gate.throws")).contains("failed");
    with(guarded("throws", throwing, true, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + "S: 451 4.3.0 Trouble here, try again later\n");
    never.countDown();
  }

  /// Otherwise threads would gather, and what they hold.
  @Test
  void whatWasLeftBehindCountsUntilItsEnd() {
    var enough = new CountDownLatch(1);
    Gate hangs =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            try {
              enough.await();
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
            return Verdict.pass();
          }
        };
    var calls = new GateCalls(1);
    SmtpHouse guarded = with(guarded("hangs", hangs, false, false, calls));
    guarded.play(
        Role.MX,
        HELLO + MAIL + "C: RSET\nS: 250 2.0.0 Forgotten\n" + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(house.onlyMail().attributes())
        .containsEntry("gate.hangs", "gate hangs is asked by too many at once");
    assertThat(calls.givenUp()).isEqualTo(1);
    with(guarded("hangs", hangs, true, false, calls))
        .play(
            Role.MX,
            HELLO + "C: MAIL FROM:<x@example.net>\nS: 451 4.3.0 Trouble here, try again later\n");
    enough.countDown();
  }

  @Test
  void asksGatesThatNeverWaitOnTheClientsOwnThread() {
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    Gate quick =
        new Gate() {
          @Override
          public boolean mayWait() {
            return false;
          }

          @Override
          public Verdict hello(Visitor visitor) {
            threads.add(Thread.currentThread());
            return Verdict.pass();
          }

          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            threads.add(Thread.currentThread());
            throw new IllegalStateException("bug");
          }
        };
    with(guarded("quick", quick, false, false))
        .play(Role.MX, HELLO + MAIL + RCPT + TEXT + ACCEPTED);
    assertThat(threads).hasSize(2);
    assertThat(Set.copyOf(threads)).hasSize(1);
    assertThat(house.onlyMail().attributes().get("gate.quick")).contains("failed: ", "bug");
    with(guarded("quick", quick, true, false))
        .play(
            Role.MX,
            HELLO + "C: MAIL FROM:<x@example.net>\nS: 451 4.3.0 Trouble here, try again later\n");
  }

  /// Who has its answer may ask the next question, also where only one may ask at a time.
  @Test
  void isAskedAgainAtOnce() {
    Gate gate =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            return Verdict.pass();
          }
        };
    String once = MAIL + "C: RSET\nS: 250 2.0.0 Forgotten\n";
    with(guarded("g", gate, true, false, new GateCalls(1))).play(Role.MX, HELLO + once.repeat(200));
  }

  @Test
  void asksOnlyAboutThoseTheOperatorMeans() {
    Gate gate = new At("connection", Verdict.refuse("Go away", "test"));
    List<AddressRange> loopback =
        List.of(AddressRange.of("test", "127.0.0.0/8"), AddressRange.of("test", "::1"));
    var excepted =
        new Guarded(
            "g",
            gate,
            false,
            loopback,
            List.of(),
            Duration.ofSeconds(5),
            false,
            false,
            new GateCalls(1));
    with(excepted).play(Role.MX, HELLO);
  }

  private SmtpHouse refusing(String stage) {
    return with(guarded("g", new At(stage, Verdict.refuse("Go away", "test")), false, false));
  }

  private SmtpHouse with(Guarded... gates) {
    return house.withGates(new Gates(Map.of("mx", List.of(gates))));
  }

  private static Guarded guarded(String label, Gate gate, boolean defers, boolean dryRun) {
    return guarded(label, gate, defers, dryRun, new GateCalls(10));
  }

  private static Guarded guarded(
      String label, Gate gate, boolean defers, boolean dryRun, GateCalls calls) {
    return new Guarded(
        label, gate, false, List.of(), List.of(), Duration.ofMillis(300), defers, dryRun, calls);
  }
}
