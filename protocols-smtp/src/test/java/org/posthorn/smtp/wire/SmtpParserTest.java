package org.posthorn.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

class SmtpParserTest {
  private static final MailAddress ANN = new MailAddress("ann", Domain.of("example.org"));

  @Test
  void readsAPlainMail() {
    assertThat(parsed("MAIL FROM:<ann@example.org>")).isEqualTo(mail(Optional.of(ANN)));
    assertThat(parsed("mail from: <ann@EXAMPLE.org>  ")).isEqualTo(mail(Optional.of(ANN)));
    assertThat(parsed("MAIL FROM:<>")).isEqualTo(mail(Optional.empty()));
  }

  @Test
  void readsEveryParameterOfMail() {
    assertThat(
            parsed(
                "MAIL FROM:<ann@example.org> SIZE=1234 BODY=8bitmime SMTPUTF8 RET=HDRS"
                    + " ENVID=QQ+2B314 AUTH=<>"))
        .isEqualTo(
            new SmtpCommand.Mail(
                Optional.of(ANN),
                OptionalLong.of(1234),
                SmtpCommand.Body.EIGHT_BIT,
                true,
                Optional.of(false),
                Optional.of("QQ+314"),
                SmtpCommand.Asked.NOTHING,
                List.of(
                    "SIZE=1234",
                    "BODY=8bitmime",
                    "SMTPUTF8",
                    "RET=HDRS",
                    "ENVID=QQ+2B314",
                    "AUTH=<>")));
  }

  /// As Postfix writes it.
  @Test
  void takesAnInternationalOriginalRecipientAsBytes() {
    var expected =
        new SmtpCommand.Rcpt(
            Optional.of(ANN), false, Optional.of("utf-8;bücher+x@x.example"), Set.of());
    assertThat(parsed("RCPT TO:<ann@example.org> ORCPT=rfc822;b+C3+BCcher+2Bx@x.example"))
        .isEqualTo(expected);
    assertThat(parsed("RCPT TO:<ann@example.org> ORCPT=utf-8;b\\x{FC}cher\\x{2B}x@x.example"))
        .isEqualTo(expected);
  }

  @Test
  void readsEveryParameterOfRcpt() {
    assertThat(
            parsed("RCPT TO:<ann@example.org> NOTIFY=success,DELAY ORCPT=rfc822;Bob+20B@x.example"))
        .isEqualTo(
            new SmtpCommand.Rcpt(
                Optional.of(ANN),
                false,
                Optional.of("rfc822;Bob B@x.example"),
                Set.of(Notify.SUCCESS, Notify.DELAY)));
  }

  /// RFC 5321 §4.1.1.3.
  @Test
  void readsPostmasterWithoutADomain() {
    assertThat(parsed("RCPT TO:<PostMaster>"))
        .isEqualTo(new SmtpCommand.Rcpt(Optional.empty(), false, Optional.empty(), Set.of()));
  }

  @Test
  void unquotesALocalPart() {
    assertThat(recipient("RCPT TO:<\"john \\\"x\\\" @doe\"@example.org>"))
        .isEqualTo(new MailAddress("john \"x\" @doe", Domain.of("example.org")));
  }

  /// RFC 5321 §3.3: the route is read and means nothing.
  @Test
  void forgetsASourceRoute() {
    assertThat(recipient("RCPT TO:<@a.example,@[192.0.2.1]:ann@example.org>")).isEqualTo(ANN);
  }

  /// RFC 6531 §3.3, §3.5.
  @Test
  void takesUtf8AddressesOnlyWithTheParameter() {
    assertThat(parsed("MAIL FROM:<ü@exämple.org> SMTPUTF8"))
        .isEqualTo(
            new SmtpCommand.Mail(
                Optional.of(new MailAddress("ü", Domain.of("xn--exmple-cua.org"))),
                OptionalLong.empty(),
                SmtpCommand.Body.SEVEN_BIT,
                true,
                Optional.empty(),
                Optional.empty(),
                SmtpCommand.Asked.NOTHING,
                List.of("SMTPUTF8")));
    assertThat(refusal("MAIL FROM:<ü@example.net>")).startsWith("550 5.6.7 ");
    assertThat(refusal("MAIL FROM:<a@exämple.net>")).startsWith("550 5.6.7 ");
    assertThat(((SmtpCommand.Rcpt) parsed("RCPT TO:<ü@example.org>")).beyondAscii()).isTrue();
    assertThat(((SmtpCommand.Rcpt) parsed("RCPT TO:<u@exämple.org>")).beyondAscii()).isTrue();
    assertThat(((SmtpCommand.Rcpt) parsed("RCPT TO:<u@xn--exmple-cua.org>")).beyondAscii())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          MAIL FROM:a@example.net                          | 501 5.1.7
          MAIL FROM:<a@example.net                         | 501 5.1.7
          MAIL FROM:<a>                                    | 501 5.1.7
          MAIL FROM:<@example.net>                         | 501 5.1.7
          MAIL FROM:<a@>                                   | 501 5.1.7
          MAIL FROM:<a..b@example.net>                     | 501 5.1.7
          MAIL FROM:<.a@example.net>                       | 501 5.1.7
          MAIL FROM:<a.@example.net>                       | 501 5.1.7
          MAIL FROM:<a b@example.net>                      | 501 5.1.7
          MAIL FROM:<a@b@example.net>                      | 501 5.1.7
          MAIL FROM:<a@-example.net>                       | 501 5.1.7
          MAIL FROM:<a@exa mple.net>                       | 501 5.1.7
          MAIL FROM:<"a@example.net>                       | 501 5.1.7
          MAIL FROM:<"a"b@example.net>                     | 501 5.1.7
          MAIL FROM:<postmaster>                           | 501 5.1.7
          MAIL FROM:                                       | 501 5.1.7
          MAIL                                             | 501 5.5.2
          MAIL TO:<a@example.net>                          | 501 5.5.2
          MAILFROM:<a@example.net>                         | 500 5.5.1
          MAIL FROM:<a@example.net>SIZE=1                  | 501 5.5.4
          MAIL FROM:<a@example.net> SIZE=-1                | 501 5.5.4
          MAIL FROM:<a@example.net> SIZE=                  | 501 5.5.4
          MAIL FROM:<a@example.net> SIZE                   | 501 5.5.4
          MAIL FROM:<a@example.net> SIZE=123456789012345678901 | 501 5.5.4
          MAIL FROM:<a@example.net> SIZE=1 SIZE=1          | 501 5.5.4
          MAIL FROM:<a@example.net> BODY=BINARY        | 501 5.5.4
          MAIL FROM:<a@example.net> SMTPUTF8=1             | 501 5.5.4
          MAIL FROM:<a@example.net> RET=ALL                | 501 5.5.4
          MAIL FROM:<a@example.net> RET=FULL RET=HDRS      | 501 5.5.4
          MAIL FROM:<a@example.net> ENVID=a+0D+0Ab         | 501 5.5.4
          MAIL FROM:<a@example.net> ENVID=a+2              | 501 5.5.4
          MAIL FROM:<a@example.net> ENVID=a+2b             | 501 5.5.4
          MAIL FROM:<a@example.net> ENVID=a=b              | 501 5.5.4
          MAIL FROM:<a@example.net> AUTH=+0A               | 501 5.5.4
          MAIL FROM:<a@example.net> XYZZY=1                | 555 5.5.4
          MAIL FROM:<a@example.net> XYZZY                  | 555 5.5.4
          MAIL FROM:<a@example.net> NOTIFY=NEVER           | 555 5.5.4
          RCPT TO:<>                                       | 501 5.1.3
          RCPT TO:x@remote.invalid                         | 501 5.1.3
          RCPT TO:<x@>                                     | 501 5.1.3
          RCPT TO:<@example.org>                           | 501 5.1.3
          RCPT TO:<"x@remote.invalid">                     | 501 5.1.3
          RCPT TO:<x@remote.invalid%example.org>           | 501 5.1.3
          RCPT TO:<x@example.org@remote.invalid>           | 501 5.1.3
          RCPT TO:<@example.org:@b:x@remote.invalid>       | 501 5.1.3
          RCPT TO:<a@example.org> SIZE=1                   | 555 5.5.4
          RCPT TO:<a@example.org> NOTIFY=NEVER,DELAY       | 501 5.5.4
          RCPT TO:<a@example.org> NOTIFY=                  | 501 5.5.4
          RCPT TO:<a@example.org> NOTIFY=SUCCESS,          | 501 5.5.4
          RCPT TO:<a@example.org> NOTIFY=DELAY NOTIFY=DELAY | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rfc822;a+0D+0AX-Evil:+20yes | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rfc822;            | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=a@example.org      | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=;a@example.org     | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rf:c;a@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rfc822;ü@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rfc822;+C3@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=rfc822;+C2+85@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=utf-8;\\x{0D}@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=utf-8;\\x{2028}@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=utf-8;\\x{D800}@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=utf-8;\\x{FFFFFF}@example.org | 501 5.5.4
          RCPT TO:<a@example.org> ORCPT=utf-8;\\x{FC       | 501 5.5.4
          EHLO                                             | 501 5.5.4
          EHLO <script>                                    | 501 5.5.4
          EHLO a(b                                         | 501 5.5.4
          EHLO a;b                                         | 501 5.5.4
          DATA now                                         | 501 5.5.4
          RSET x                                           | 501 5.5.4
          QUIT x                                           | 501 5.5.4
          STARTTLS extra                                   | 501 5.5.4
          VRFY                                             | 501 5.5.4
          EXPN                                             | 501 5.5.4
          AUTH                                             | 501 5.5.4
          AUTH PLAIN a b                                   | 501 5.5.4
          BDAT                                             | 501 5.5.4
          BDAT -1 LAST                                     | 501 5.5.4
          BDAT 18446744073709551617 LAST                   | 501 5.5.4
          BDAT 4 FIRST                                     | 501 5.5.4
          BDAT 4 LAST 4                                    | 501 5.5.4
          TURN                                             | 500 5.5.1
          %s%n%x                                           | 500 5.5.1
          """)
  void refuses(String line, String reply) {
    assertThat(refusal(line)).startsWith(reply + " ");
  }

  @Test
  void refusesAnEmptyLine() {
    assertThat(refusal("")).startsWith("500 5.5.1 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"MAIL FROM:<a\0b@example.net>", "MAIL FROM:<a@b>\rRCPT TO:<b@c>", "A\nB", "A\tB"})
  void refusesControlCharacters(String line) {
    assertThat(refusal(line)).startsWith("500 5.5.2 ");
  }

  @Test
  void refusesBytesThatAreNoUtf8() {
    byte[] line = "MAIL FROM:<??@example.net> SMTPUTF8".getBytes(StandardCharsets.US_ASCII);
    line[11] = (byte) 0xff;
    line[12] = (byte) 0xfe;
    assertThat(refusal(line)).startsWith("500 5.5.2 ");
  }

  @Test
  void allowsLoginsLongerLinesThanOtherCommands() {
    String secret = "A".repeat(10_000);
    assertThat(parsed("AUTH PLAIN " + secret))
        .isEqualTo(new SmtpCommand.Auth("PLAIN", Optional.of(secret)));
    assertThat(refusal("MAIL FROM:<" + "a".repeat(3000) + "@example.net>"))
        .startsWith("500 5.5.2 ");
    assertThat(ofALongerLine("AUTH PLAIN AAA").reply().format()).startsWith("500 5.5.6 ");
  }

  @Test
  void keepsTheSecretOutOfItsText() {
    assertThat(parsed("AUTH PLAIN c2VjcmV0").toString()).isEqualTo("Auth[PLAIN]");
  }

  @Test
  void readsWhatIsAskedForLessOften() {
    assertThat(asked("REQUIRETLS MT-PRIORITY=-4 HOLDFOR=60 BY=120;rt"))
        .isEqualTo(
            new SmtpCommand.Asked(
                true,
                OptionalInt.of(-4),
                Optional.of(new SmtpCommand.Hold.For(Duration.ofMinutes(1))),
                Optional.of(new SmtpCommand.DeliverBy(Duration.ofMinutes(2), true, true))));
    assertThat(asked("HOLDUNTIL=2026-12-24T18:00:00+01:00 BY=-5;N"))
        .isEqualTo(
            new SmtpCommand.Asked(
                false,
                OptionalInt.empty(),
                Optional.of(new SmtpCommand.Hold.Until(Instant.parse("2026-12-24T17:00:00Z"))),
                Optional.of(new SmtpCommand.DeliverBy(Duration.ofSeconds(-5), false, false))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HOLDFOR=1 HOLDUNTIL=2026-12-24T18:00:00Z",
        "HOLDFOR=-1",
        "HOLDFOR=0",
        "HOLDFOR=000",
        "HOLDFOR=060",
        "HOLDFOR=1234567890",
        "HOLDUNTIL=tomorrow",
        "HOLDUNTIL=2026-12-24T18:00Z",
        "MT-PRIORITY=10",
        "MT-PRIORITY=-0",
        "MT-PRIORITY=high",
        "BY=0;R",
        "BY=-5;R",
        "BY=5",
        "BY=5;X",
        "REQUIRETLS=1"
      })
  void refusesWhatMakesNoSense(String parameters) {
    assertThat(refusal("MAIL FROM:<a@example.org> " + parameters)).startsWith("501 5.5.4 ");
  }

  @Test
  void readsWhatAProxySays() throws SmtpSyntaxException {
    assertThat(parsed("XCLIENT addr=192.0.2.1 x"))
        .isEqualTo(new SmtpCommand.Xclient(" addr=192.0.2.1 x"));
    assertThat(
            ProxyWords.parse(" ADDR=IPv6:::1 name=[UNAVAILABLE]  HELO=a+2Bb".replace("+2B", "-")))
        .isEqualTo(new ProxyWords(Map.of("ADDR", "::1", "NAME", "", "HELO", "a-b")));
  }

  private static SmtpCommand.Asked asked(String parameters) {
    return ((SmtpCommand.Mail) parsed("MAIL FROM:<a@example.org> " + parameters)).asked();
  }

  /// RFC 5321 §2.4: in Unicode there are other letters of which the upper case is `S` or `I`.
  @Test
  void takesNoOtherLettersForThoseOfItsWords() {
    assertThat(refusal("R\u017fET")).startsWith("500 5.5.1 ");
    assertThat(refusal("MA\u0131L FROM:<>")).startsWith("500 5.5.1 ");
    assertThat(refusal("MAIL FROM:<> \u017fIZE=1")).startsWith("555 5.5.4 ");
    assertThat(refusal("MAIL FROM:<> BODY=8B\u0131TMIME")).startsWith("501 5.5.4 ");
    assertThat(refusal("RCPT TO:<po\u017ftmaster>")).startsWith("501 5.1.3 ");
    assertThat(refusal("BDAT 5 LA\u017fT")).startsWith("501 5.5.4 ");
  }

  /// Nobody knows how many bytes follow, and they must not be taken for commands.
  @Test
  void isLostAfterAChunkOfUnknownSize() {
    assertThat(syntaxException(bytes("BDAT x LAST")).isLost()).isTrue();
    assertThat(syntaxException(bytes("BDAT 5\0 LAST")).isLost()).isTrue();
    assertThat(ofALongerLine("BDAT 000000000").isLost()).isTrue();
    assertThat(syntaxException(bytes("RSET x")).isLost()).isFalse();
  }

  @Test
  void readsTheOtherCommands() {
    assertThat(parsed("EHLO [IPv6:2001:db8::1]"))
        .isEqualTo(new SmtpCommand.Ehlo("[IPv6:2001:db8::1]"));
    assertThat(parsed("HELO my_pc")).isEqualTo(new SmtpCommand.Helo("my_pc"));
    assertThat(parsed("EHLO Ann's Büro")).isEqualTo(new SmtpCommand.Ehlo("Ann?s?B?ro"));
    assertThat(parsed("lhlo x")).isEqualTo(new SmtpCommand.Lhlo("x"));
    assertThat(parsed("bdat 17 last")).isEqualTo(new SmtpCommand.Bdat(17, true));
    assertThat(parsed("BDAT 0")).isEqualTo(new SmtpCommand.Bdat(0, false));
    assertThat(parsed("NOOP anything")).isEqualTo(new SmtpCommand.Noop());
    assertThat(parsed("VRFY someone")).isEqualTo(new SmtpCommand.Vrfy("someone", false));
    assertThat(parsed("VRFY <jürgen@example.org> smtpUtf8"))
        .isEqualTo(new SmtpCommand.Vrfy("jürgen@example.org", true));
    assertThat(parsed("EXPN staff SMTPUTF8")).isEqualTo(new SmtpCommand.Expn("staff", true));
    assertThat(parsed("AUTH login")).isEqualTo(new SmtpCommand.Auth("LOGIN", Optional.empty()));
    assertThat(parsed("POST / HTTP/1.1")).isEqualTo(new SmtpCommand.Http());
  }

  /// Lines made of pieces of commands and of noise: always a command or a refusal.
  @Test
  void neverThrowsAnythingElse() {
    String[] pieces = {
      "MAIL FROM:", "RCPT TO:", "<", ">", "@", "ann", "example.org", "\"", "\\", " ", "SIZE=", "9",
      "BDAT ", "LAST", "ORCPT=utf-8;", "\\x{", "FC}", "rfc822;", "+0", "=", ":", ",", "ü", "\r",
      "\0", "[", "]", "IPv6:", "AUTH ", "NOTIFY=", "NEVER", "ENVID=", ".", "xn--", "\ud83d\ude00"
    };
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 100_000; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      byte[] line = bytes(text.toString());
      if (line.length > 0 && random.nextInt(4) == 0) {
        line[random.nextInt(line.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(SmtpParser.parse(line, line.length)).isNotNull();
      } catch (SmtpSyntaxException e) {
        assertThat(e.reply().code()).as("seed %s, %s", seed, text).isGreaterThanOrEqualTo(500);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + text, e);
      }
    }
  }

  private static SmtpCommand mail(Optional<MailAddress> sender) {
    return new SmtpCommand.Mail(
        sender,
        OptionalLong.empty(),
        SmtpCommand.Body.SEVEN_BIT,
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static MailAddress recipient(String line) {
    return ((SmtpCommand.Rcpt) parsed(line)).recipient().orElseThrow();
  }

  private static SmtpCommand parsed(String line) {
    byte[] bytes = bytes(line);
    try {
      return SmtpParser.parse(bytes, bytes.length);
    } catch (SmtpSyntaxException e) {
      throw new AssertionError(line + " was refused: " + e.reply().format(), e);
    }
  }

  private static String refusal(String line) {
    return refusal(bytes(line));
  }

  private static String refusal(byte[] line) {
    return syntaxException(line).reply().format();
  }

  private static SmtpSyntaxException syntaxException(byte[] line) {
    var thrown = new SmtpSyntaxException[1];
    assertThatThrownBy(() -> SmtpParser.parse(line, line.length))
        .as(new String(line, StandardCharsets.UTF_8))
        .isInstanceOfSatisfying(SmtpSyntaxException.class, e -> thrown[0] = e);
    return thrown[0];
  }

  /// What a line is refused with of which there is only the beginning.
  private static SmtpSyntaxException ofALongerLine(String beginning) {
    byte[] bytes = bytes(beginning);
    return catchThrowableOfType(
        SmtpSyntaxException.class, () -> SmtpParser.parse(bytes, bytes.length + 1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
