package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.queue.Wishes;

/// Mail that an alias sends on to another server, and what comes back, through the chain that
/// ships.
final class ForwardingTest {
  private static final byte[] HELLO = "Subject: hi\r\n\r\nhello\r\n".getBytes(US_ASCII);
  private static final MailAddress SENDER = MailAddress.of("\"bob b\"@sender.example");
  private static final MailAddress AWAY = MailAddress.of("away@example.org");

  @TempDir private Path directory;

  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private volatile boolean refuses;
  private WholeSpool whole;

  private record Sent(
      Optional<MailAddress> sender, List<Recipient> to, NewMail.Options options, String text) {}

  @BeforeEach
  void start() {
    whole =
        new WholeSpool(StorageConfig.inMemory(), directory, SpoolConfig.defaults(), this::carry);
    whole.domain("example.org");
    whole.user("ann@example.org");
    whole.directory.createAlias(AWAY, List.of(MailAddress.of("me@elsewhere.example")));
    whole.directory.createAlias(
        MailAddress.of("both@example.org"),
        List.of(MailAddress.of("ann@example.org"), MailAddress.of("me@elsewhere.example")));
  }

  @AfterEach
  void close() {
    assertThat(whole.faultsAtRest()).isEmpty();
    whole.close();
  }

  private Map<Recipient, Carrier.Answer> carry(Carrier.Load load) {
    sent.add(new Sent(load.sender(), load.recipients(), load.options(), text(load)));
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    boolean no = refuses && load.domain().ascii().equals("elsewhere.example");
    load.recipients()
        .forEach(recipient ->
            answers.put(
                recipient,
                no
                    ? new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 no")
                    : new Carrier.Answer.Delivered("mx", "250 ok", true)));
    return answers;
  }

  private static String text(Carrier.Load load) {
    try (InputStream in = load.message().open()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itLeavesInOurNameAndTheBounceGoesToTheSender() {
    refuses = true;
    send(Optional.of(SENDER), NewMail.Options.NONE, Recipient.of(AWAY));

    assertThat(sent).hasSize(2);
    MailAddress ours = sent.get(0).sender().orElseThrow();
    assertThat(ours.domain()).isEqualTo(AWAY.domain());
    assertThat(ours.localPart()).startsWith("SRS0=");
    assertThat(sent.get(0).text()).contains("Delivered-To: away@example.org\r\n");
    assertThat(sent.get(1).sender()).isEmpty();
    assertThat(sent.get(1).to().getFirst().address()).isEqualTo(SENDER);
    assertThat(sent.get(1).text())
        .contains("Original-Recipient: rfc822; away@example.org")
        .contains("Final-Recipient: rfc822; me@elsewhere.example");
  }

  /// Each of the two was written to, and each is answered for.
  @Test
  void twoWaysToOneTargetAreReportedBoth() {
    refuses = true;
    whole.domain("example.com");
    MailAddress other = MailAddress.of("away@example.com");
    whole.directory.createAlias(other, List.of(MailAddress.of("me@elsewhere.example")));
    var _ =
        whole.accept(
            Optional.of(SENDER),
            HELLO,
            NewMail.Options.NONE,
            List.of(Recipient.of(AWAY), Recipient.of(other)));
    whole.awaitEmpty();
    List<String> reports =
        sent.stream().filter(one -> one.sender().isEmpty()).map(Sent::text).toList();
    for (MailAddress alias : List.of(AWAY, other)) {
      assertThat(reports)
          .filteredOn(text -> text.contains("Original-Recipient: rfc822; " + alias))
          .as(alias.toString())
          .hasSize(1);
    }
  }

  @Test
  void aBounceFromOutsideFindsBackToo() {
    send(Optional.of(SENDER), NewMail.Options.NONE, Recipient.of(AWAY));
    MailAddress ours = sent.getFirst().sender().orElseThrow();
    send(Optional.empty(), NewMail.Options.NONE, Recipient.of(ours));

    assertThat(sent.get(1).sender()).isEmpty();
    assertThat(sent.get(1).to().getFirst().address()).isEqualTo(SENDER);
  }

  @Test
  void aMailboxHereGetsTheMailAsItWas() {
    send(
        Optional.of(SENDER),
        NewMail.Options.NONE,
        Recipient.of(MailAddress.of("both@example.org")));
    assertThat(whole.inbox("ann@example.org")).isEqualTo(1);
    assertThat(sent).hasSize(1);
  }

  @Test
  void aMailWithoutASenderStaysWithoutAndNobodyHearsOfIt() {
    refuses = true;
    send(Optional.empty(), NewMail.Options.NONE, Recipient.of(AWAY));
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().sender()).isEmpty();
  }

  /// RFC 3461 §5.2.7, RFC 8689 §4.1, RFC 6710 §4.4, RFC 2852 §4.
  @Test
  void whatTheSenderWantsGoesAlong() {
    var by = new Wishes.DeliverBy(Instant.now().plus(Duration.ofHours(2)), true, false);
    var wishes = new Wishes(Wishes.Tls.REQUIRED, 3, Optional.empty(), Optional.of(by));
    var options = new NewMail.Options(false, true, Optional.of(true), Optional.of("ENV-1"), wishes);
    send(
        Optional.of(SENDER),
        options,
        new Recipient(
            AWAY,
            Optional.of("rfc822;Away@Example.org"),
            Set.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE)));

    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().options()).isEqualTo(options);
    assertThat(sent.getFirst().to())
        .containsExactly(
            new Recipient(
                MailAddress.of("me@elsewhere.example"),
                Optional.of("rfc822;Away@Example.org"),
                Set.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE)));
  }

  /// The other server sends it back to where it came from.
  @Test
  void aCircleEndsWithOneBounceToTheSender() {
    send(Optional.of(SENDER), NewMail.Options.NONE, Recipient.of(AWAY));
    Sent out = sent.getFirst();
    accept(out.sender(), out.text().getBytes(UTF_8), Recipient.of(AWAY));

    assertThat(sent).hasSize(2);
    assertThat(sent.get(1).sender()).isEmpty();
    assertThat(sent.get(1).to().getFirst().address()).isEqualTo(SENDER);
    assertThat(sent.get(1).text()).contains("Status: 5.4.6");
  }

  private static final Map<String, ?> SALES =
      Map.of(
          "match",
          "IsAuthenticated and SenderIs(ann@example.org)",
          "mailet",
          "Forward",
          "to",
          List.of("archive@example.org", "archive@elsewhere.example"));

  private void sendAsAnn(String... to) {
    var ann = MailAddress.of("ann@example.org");
    var _ =
        whole.accept(
            Optional.of(ann),
            HELLO,
            NewMail.Options.NONE,
            Arrays.stream(to).map(MailAddress::of).map(Recipient::of).toList(),
            Optional.of(ann),
            Map.of());
    whole.awaitEmpty();
  }

  private List<String> carriedTo() {
    return sent.stream()
        .flatMap(one -> one.to().stream())
        .map(one -> one.address().toString())
        .sorted()
        .toList();
  }

  /// The copy starts in root too, where its sender is the same.
  @Test
  void aCopyIsNotForwardedAgain() {
    whole.user("archive@example.org");
    whole.use(List.of(SALES), Map.of());
    sendAsAnn("carl@other.example", "bob@other.example");
    assertThat(carriedTo())
        .containsExactly("archive@elsewhere.example", "bob@other.example", "carl@other.example");
    assertThat(whole.inbox("archive@example.org")).isEqualTo(1);
    assertThat(whole.inbox("ann@example.org")).isZero();
  }

  @Test
  void whatGoesToOneTargetIsCopiedToTheOther() {
    whole.user("archive@example.org");
    whole.use(List.of(SALES), Map.of());
    sendAsAnn("archive@example.org");
    assertThat(carriedTo()).containsExactly("archive@elsewhere.example");
    assertThat(whole.inbox("archive@example.org")).isEqualTo(1);
  }

  /// What is copied for one recipient stays one mail with that for the others.
  @Test
  void aCopyForSomePartsNobodyFromTheOthers() {
    whole.use(
        List.of(
            Map.of(
                "match", "RecipientIs(carl@other.example)",
                "mailet", "Copy",
                "processor", "away"),
            Map.of("mailet", "Copy", "processor", "journal")),
        Map.of(
            "away",
            Map.of("steps", List.of(), "at-end", "drop"),
            "journal",
            Map.of(
                "steps",
                List.of(Map.of("mailet", "Redirect", "to", "journal@elsewhere.example")),
                "at-end",
                "drop")));
    sendAsAnn("carl@other.example", "bob@other.example");
    assertThat(carriedTo())
        .containsExactly("bob@other.example", "carl@other.example", "journal@elsewhere.example");
  }

  @Test
  void aCopyForAnAliasIsNoCircle() {
    whole.user("bob@example.org");
    whole.directory.createAlias(
        MailAddress.of("archive@example.org"),
        List.of(MailAddress.of("bob@example.org"), MailAddress.of("me@elsewhere.example")));
    whole.use(List.of(SALES), Map.of());
    sendAsAnn("carl@other.example");
    assertThat(carriedTo())
        .containsExactly("archive@elsewhere.example", "carl@other.example", "me@elsewhere.example");
    assertThat(whole.inbox("bob@example.org")).isEqualTo(1);
    assertThat(whole.inbox("ann@example.org")).as("bounces").isZero();
  }

  /// Whatever a step in between does with the mail.
  @Test
  void nothingIsCopiedOrForwardedAgainWhenTheMailComesRound() {
    whole.user("archive@example.org");
    whole.use(
        List.of(
            SALES,
            Map.of("mailet", "Copy", "processor", "away"),
            Map.of(
                "match", "not HasAttribute(round)",
                "mailet", "ToProcessor",
                "processor", "round")),
        Map.of(
            "away",
            Map.of(
                "steps",
                List.of(Map.of("mailet", "Redirect", "to", "copies@elsewhere.example")),
                "at-end",
                "drop"),
            "round",
            Map.of(
                "steps",
                List.of(Map.of("mailet", "SetAttribute", "name", "round", "value", "1")),
                "at-end",
                "root")));
    sendAsAnn("carl@other.example");
    assertThat(carriedTo()).containsOnlyOnce("archive@elsewhere.example", "carl@other.example");
    assertThat(whole.inbox("archive@example.org")).isEqualTo(1);
    assertThat(sent)
        .filteredOn(one -> !one.text().contains("Delivered-To: archive@"))
        .filteredOn(one -> one.text().contains("Delivered-To: carl@other.example"))
        .filteredOn(one -> one.to().getFirst().address().localPart().equals("copies"))
        .as("copies of what went to Carl")
        .hasSize(1);
  }

  @Test
  void aCopyThatIsDeliveredToTheSamePeopleIsDeliveredToo() {
    whole.use(
        List.of(Map.of("match", "RecipientIsLocal", "mailet", "Copy", "processor", "archive")),
        Map.of(
            "archive",
            Map.of(
                "steps",
                List.of(Map.of("mailet", "ToMailbox", "folder", "Archive")),
                "at-end",
                "drop")));
    sendAsAnn("ann@example.org");
    assertThat(whole.inbox("ann@example.org")).isEqualTo(1);
    assertThat(whole.messages("ann@example.org", "Archive")).isEqualTo(1);
  }

  private void send(Optional<MailAddress> sender, NewMail.Options options, Recipient recipient) {
    var _ = whole.accept(sender, HELLO, options, List.of(recipient));
    whole.awaitEmpty();
  }

  private void accept(Optional<MailAddress> sender, byte[] message, Recipient recipient) {
    var _ = whole.accept(sender, message, NewMail.Options.NONE, List.of(recipient));
    whole.awaitEmpty();
  }
}
