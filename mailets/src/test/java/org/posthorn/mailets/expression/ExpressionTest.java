package org.posthorn.mailets.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailets.match.Mailbag;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// The language, with the examples of its page.
final class ExpressionTest implements MatcherContract {
  private static final Path PAGE = Path.of("..", "docs", "expressions.md");
  private static final Mailbag BAG = new Mailbag();

  @Override
  public Matcher matcher() {
    return reading(
        "recipient.local matches 'user[0-9]' || subject == 'hello' && count(types) >= 1"
            + " || attachments ends_with '.exe' || number(header('X-Long')) > 1"
            + " || has_mailbox(sender) || result('spf') == 'pass'");
  }

  @Test
  void manyAddressesHideNoPart() {
    String file =
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png; name=a.exe\n\n";
    Mail mail = Mailbag.mail(Mailbag.crowd() + file);
    assertThat(
            reading("has_attachment && attachments ends_with '.exe' && types starts_with 'image/'")
                .match(mail))
        .isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          from.domain == 'xn--mnchen-3ya.example'
          from contains 'ann@xn--mnchen-3ya.example'
          to ends_with 'bob@example.org'
          cc contains 'eve@not_a-domain'
          """)
  void domainsOfHeaderFieldsAreAsInTheDns(String expression) {
    Mail mail =
        Mailbag.mail(
            "From: ann@M\u00fcnchen.example\nTo: bob@EXAMPLE.org.\nCc: eve@not_a-domain\n\n");
    assertThat(reading(expression).match(mail)).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource
  void whatThePageCallsTrueIsTrue(String expression) throws IOException {
    assertThat(chosen(expression, pageMail())).containsExactly("ann", "nobody");
  }

  static Stream<String> whatThePageCallsTrueIsTrue() throws IOException {
    return lines("true");
  }

  @ParameterizedTest
  @MethodSource
  void whatThePageCallsFalseIsFalse(String expression) throws IOException {
    assertThat(chosen(expression, pageMail())).isEmpty();
  }

  static Stream<String> whatThePageCallsFalseIsFalse() throws IOException {
    return lines("false");
  }

  @ParameterizedTest
  @MethodSource
  void whatThePageSaysOfAnnIsTrueOfHerOnly(String expression) throws IOException {
    assertThat(chosen(expression, pageMail())).containsExactly("ann");
  }

  static Stream<String> whatThePageSaysOfAnnIsTrueOfHerOnly() throws IOException {
    return lines("ann");
  }

  @Test
  void thePageHasEachNameAndFunctionAndAnExampleOfIt() throws IOException {
    var vocabulary = new Vocabulary(BAG.services);
    String page = Files.readString(PAGE);
    String tables = page.substring(page.indexOf("## Names"), page.indexOf("## Examples"));
    assertThat(vocabulary.names().keySet())
        .allSatisfy(name -> assertThat(tables).contains("`" + name + "`"));
    assertThat(vocabulary.functions().keySet())
        .allSatisfy(name -> assertThat(tables).contains("`" + name + "("));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          sendr == 'x'                 | there is no name sendr; did you mean sender? (line 1, column 1: -->sendr == 'x')
          size > 10MB && sendr == 'x'  | column 16: size > 10MB && -->sendr
          has_haeder('X')              | there is no function has_haeder; did you mean has_header?
          zzzzzzzz                     | there is no name zzzzzzzz; there are attachments, authenticated
          header == 'x'                | header needs arguments in parentheses
          size == '10MB'               | '==' stands between a number and a text, and that makes no sense (line 1, column 6
          subject > 5                  | '>' stands between a text and a number
          subject                      | this is a text, but should be true or false
          size > 5 and subject         | this is a text, but should be true or false (line 1, column 14
          size > 5 or 1                | this is a number, but should be true or false (line 1, column 13
          not size                     | this is a number
          size > 10XB                  | '10XB' has no unit such as KB, MB or GB
          size > 1.2.3                 | '1.2.3' is no number
          size = 5                     | '=' compares nothing: write '=='
          size > 5 & size < 9          | '&' is written twice
          sender == 'x                 | this text has no closing '
          sender == 'x' 'y'            | expected an operator such as == or &&, or the end, not the text 'y'
          (size > 5                    | expected ')', not the end
          size >                       | expected a name, a number or a text, not the end
          subject matches '(a'         | this is no regular expression: Unclosed group
          subject matches subject      | expected a regular expression in quotes, not 'subject'
          size matches '5'             | 'matches' looks into texts, not a number
          remote_in('10.0.0.0/99')     | should be an IP address or a network such as 192.0.2.0/24 (line 1, column 11
          remote_in()                  | remote_in needs at least one argument
          hour('Mars')                 | Unknown time-zone
          header(subject) == ''        | header needs a text in quotes, not 'subject'
          header('a', 'b') == ''       | header needs one argument, not 2
          count(subject) > 1           | count needs several texts here, not a text
          length(to) > 1               | length needs a text here, not several texts
          sender in [5]                | the list needs a text here, not a number
          result('dmrc') == 'pass'     | there is no result of dmrc; there are arc, dkim, dmarc, iprev, spf (line 1, column 8
          #                            | '#' has no meaning here
          """)
  void whatMakesNoSenseIsRefusedWithThePlace(String expression, String why) {
    assertThatThrownBy(() -> reading(expression))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  @Test
  void theLineCountsInALongOne() {
    assertThatThrownBy(() -> reading("size > 5 &&\n  sendr == ''"))
        .hasMessageContaining("(line 2, column 3:   -->sendr == '')");
  }

  @Test
  void whatIsTooLongOrTooDeepIsRefused() {
    assertThatThrownBy(() -> reading("(".repeat(200) + "size > 1"))
        .hasMessageContaining("too much stands inside each other");
    assertThatThrownBy(() -> reading("-".repeat(3_000) + "1 > 1"))
        .hasMessageContaining("too much stands inside each other");
    assertThatThrownBy(() -> reading("size > 1 && ".repeat(400) + "true"))
        .hasMessageContaining("at most 4000 characters");
  }

  @Test
  void anExpressionThatTakesTooLongFailsTheStepInsteadOfHangingIt() {
    Mail mail = Mailbag.mail("Subject: " + "a".repeat(1_000) + "\n\n");
    Matcher matcher = reading("subject matches '.*a.*a.*a.*b'");
    Instant start = Instant.now();
    assertThatThrownBy(() -> matcher.match(mail)).isInstanceOf(IllegalStateException.class);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void whatASenderWritesIntoAResultIsNoResult() {
    String field =
        "Authentication-Results: mail.example.org; spf=fail reason=\"x\\\";dmarc=pass;y\\\"\""
            + " smtp.mailfrom=evil.example; dmarc=fail";
    Mail mail =
        Mailbag.mail(field + "\n\n", "ann@example.org")
            .withAttribute("auth.spf", "fail")
            .withAttribute("auth.dmarc", "fail");

    assertThat(chosen("result('dmarc') == 'pass'", mail)).isEmpty();
    assertThat(chosen("result('dmarc') == 'fail' and result('SPF') == 'fail'", mail))
        .containsExactly("ann");
  }

  @Test
  void resultsInTheNameOfADomainCountToo() {
    Mail mail =
        Mailbag.mail("Authentication-Results: example.org; dmarc=fail\n\n", "ann@example.org")
            .withAttribute("auth.dmarc", "fail");

    assertThat(chosen("result('dmarc') == 'fail'", mail)).containsExactly("ann");
  }

  @Test
  void thousandsOfRecipientsAreNoTrouble() {
    String[] many =
        IntStream.range(0, 5_000).mapToObj(i -> "u" + i + "@example.org").toArray(String[]::new);
    Matcher matcher = reading("header('X-Last') == 'y' && recipient ends_with '7@example.org'");
    Mail mail = Mailbag.mail("X-A: b\n".repeat(200) + "X-Last: y\n\n", many);
    assertThat(matcher.match(mail)).hasSize(500);
  }

  @Test
  void noiseIsRefusedOrReadButNeverBreaksTheReader() {
    String letters = "size>()'\"[]&|!=<0.5MB,recipient header matches in not -+*/\\\n#€";
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      String noise =
          random
              .ints(random.nextInt(30), 0, letters.length())
              .mapToObj(at -> letters.substring(at, at + 1))
              .reduce("", String::concat);
      try {
        reading(noise);
      } catch (ParameterException _) {
        // What nearly all of it deserves.
      }
    }
  }

  private static Matcher reading(String expression) {
    return TestParameters.matcher(
        new ExpressionMatcher(), Map.of("text", expression), BAG.services);
  }

  private static List<String> chosen(String expression, Mail mail) {
    return reading(expression).match(mail).stream()
        .map(recipient -> recipient.address().localPart())
        .toList();
  }

  private static Mail pageMail() throws IOException {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("sender@example.net")),
        Stream.of("ann@example.org", "nobody@example.org")
            .map(MailAddress::of)
            .map(Recipient::of)
            .toList(),
        HeapMessage.of(block("mail")),
        new Origin(
            Optional.of(InetAddress.ofLiteral("192.0.2.1")),
            "mx.example.net",
            Optional.empty(),
            "ESMTPS",
            "c1",
            BAG.services.clock().instant()),
        Map.of("auth.spf", "pass", "auth.dkim", "fail", "auth.dmarc", "none", "auth.arc", "none"));
  }

  private static Stream<String> lines(String kind) throws IOException {
    return block(kind).lines().filter(line -> !line.isBlank());
  }

  private static String block(String kind) throws IOException {
    java.util.regex.Matcher block =
        Pattern.compile("^```" + kind + "\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    assertThat(block.find()).as(kind).isTrue();
    return block.group(1);
  }
}
