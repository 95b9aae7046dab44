package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the tables of the page say of James' mailets and matchers.
final class FromJamesRowsTest {
  private static final Path PAGE = Path.of("..", "docs", "mailets.md");
  private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| ([^|]+) \\|");

  /// All that it ships.
  private static final String MAILETS =
      """
      AddDeliveredToHeader AddFooter AddSubjectPrefix AmqpForwardAttribute BayesianAnalysis
      BayesianAnalysisFeeder Bounce ClamAVScan ClassifyBounce ContactExtractor ConvertTo7Bit Counter
      DKIMSign DKIMVerify DSNBounce DeconnectionRight DumpSystemErr EncapsulatedDKIMSign
      ExceptionThrowingMailet Expires ExtractMDNOriginalJMAPMessageId FoldLongLines Forward
      FromRepository GlobalRateLimit HeadersToHTTP ICALToHeader ICALToJsonAttribute ICSSanitizer
      ICalendarParser Identity JMAPFiltering LocalDelivery LogMessage
      MailAttributesListToMimeHeaders MailAttributesToMimeHeaders MailToAllUsers ManageSieveMailet
      MetricsMailet MimeDecodingMailet NotifyPostmaster NotifySender Null OnlyText
      PerRecipientRateLimit PerSenderRateLimit PostmasterAlias PropagateError RandomStoring
      RecipientRewriteTable RecipientToLowerCase RecoverAttachment Redirect RemoteDelivery
      RemoveAllMailAttributes RemoveMailAttribute RemoveMimeHeader RemoveMimeHeaderByPrefix
      ReplaceContent Requeue Resend RspamdScanner SMIMECheckSignature SMIMEDecrypt SMIMESign SPF
      SanitizeMimeMessageId SaveMailNameInHeaders SerialiseToHTTP ServerTime SetErrorMessage
      SetMailAttribute SetMimeHeader Sieve Sign SpamAssassin SplitMail StripAttachment SubAddressing
      TextCalendarBodyToAttachment ToPlainText ToProcessor ToRepository ToSenderDomainRepository
      ToSenderFolder UnwrapText UseHeaderRecipients VacationMailet WithPriority
      WithStorageDirective WrapText
      """;

  private static final String MATCHERS =
      """
      All And AtLeastPriority AtMost AtMostPriority AttachmentFileNameIs CommandForListserv
      CommandListservMatcher CompareNumericHeaderValue DSNDelayRequested DSNFailureRequested
      DSNSuccessRequested Dlp FetchedFrom FileRegexMatcher GenericRegexMatcher HasAttachment
      HasException HasHeader HasHeaderWithPrefix HasLDAPAttribute HasMailAttribute
      HasMailAttributeWithValue HasMailAttributeWithValueRegex HasMimeType HasMimeTypeAnySubPart
      HasMimeTypeParameter HasPriority HostIs HostIsLocal InSpammerBlacklist IsFromMailingList
      IsInDropList IsInLDAPGroup IsMarkedAsSpam IsOverQuota IsRemoteDeliveryPermanentError
      IsRemoteDeliveryTemporaryError IsSMIMEEncrypted IsSMIMESigned IsSenderInRRTLoop
      IsSingleRecipient IsX509CertificateSubject NESSpamCheck Not Or PartHasContentType
      RecipientCountExceeds RecipientDomainIs RecipientHasMXRecord RecipientIs RecipientIsLocal
      RecipientIsRegex RelayLimit RemoteAddrInNetwork RemoteAddrNotInNetwork
      RemoteDeliveryFailedWithSMTPCode SMTPAuthSuccessful SMTPAuthUserIs SMTPIsAuthNetwork
      SenderDomainIs SenderHasLDAPAttribute SenderHasMXRecord SenderHostIs SenderHostIsLocal
      SenderInFakeDomain SenderIs SenderIsInLDAPGroup SenderIsLocal SenderIsNull SenderIsRegex
      SentByJmap SentByMailet SizeGreaterThan SubjectIs SubjectStartsWith TooManyLines
      TooManyRecipients UserIs XOriginatingIpInNetwork Xor
      """;

  @Test
  void everyNameHasItsRow() throws IOException {
    assertThat(names("### Coming from James: matchers")).containsAll(words(MATCHERS));
    assertThat(names("## Coming from James: mailets")).containsAll(words(MAILETS));
  }

  private static List<String> words(String text) {
    return Arrays.asList(text.strip().split("\\s+", -1));
  }

  /// What stands in the first column of the tables behind a heading.
  private static List<String> names(String heading) throws IOException {
    String page = Files.readString(PAGE);
    return FIRST_COLUMN
        .matcher(page.substring(page.indexOf(heading)))
        .results()
        .flatMap(row -> Arrays.stream(row.group(1).split("[,;]\\s*", -1)))
        .map(String::strip)
        .toList();
  }

  /// A matcher of James as its pages describe it, and ours, on a message that it chooses (`yes`) or
  /// leaves.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HostIsLocal | RecipientIsLocal | nobody@example.org | X: y | yes",
        "RecipientIsLocal | RecipientHasMailbox | nobody@example.org | X: y | no",
        "RecipientIsLocal | RecipientHasMailbox | ANN@example.org | X: y | yes",
        "UserIs=ann | LocalPartIs(ann) | ann@other.example | X: y | yes",
        "RecipientIsRegex=ann@.* | RecipientMatches(^ann@.*$) | joann@example.org | X: y | no",
        "HasHeader=X-A=yes | HeaderMatches(X-A, ^yes$) | ann@example.org | X-A: yes, but | no",
        "HasHeader=X-A=yes | HeaderMatches(X-A, ^yes$) | ann@example.org | X-A: yes | yes",
        "HasHeaderWithPrefix=X-A | HasHeaderWithPrefix(X-A) | ann@example.org | x-abc: y | yes",
        "CompareNumericHeaderValue=X-S > 5 | HeaderNumberOver(X-S, 5) | ann@example.org | X-S: 5 | no",
        "CompareNumericHeaderValue=X-S >= 5 | HasHeader(X-S) and not HeaderNumberUnder(X-S, 5) | ann@example.org | X-S: 5 | yes",
        "CompareNumericHeaderValue=X-S >= 5 | HasHeader(X-S) and not HeaderNumberUnder(X-S, 5) | ann@example.org | X: y | no",
        "CompareNumericHeaderValue=X-S < 5 | HeaderNumberUnder(X-S, 5) | ann@example.org | X-S: -1.5 | yes",
        "RelayLimit=2 | HopsOver(2) | ann@example.org | Received: a\\nReceived: b\\nReceived: c | yes",
        "TooManyLines=1 | LinesOver(1) | ann@example.org | X: y | yes",
        "XOriginatingIpInNetwork=192.0.2.0/24 | HeaderAddressIs(X-Originating-IP, 192.0.2.0/24) | ann@example.org | X-Originating-IP: [192.0.2.7] | yes",
        "HasMimeTypeParameter=a=b | HasMimeParameter(a, b) | ann@example.org | Content-Type: text/plain; a=b | yes",
        "HasMimeTypeAnySubPart=text/calendar | PartHasMimeType(text/calendar) | ann@example.org | Content-Type: text/calendar | yes",
        "AttachmentFileNameIs=*.exe | AttachmentNameMatches(*.exe) | ann@example.org | Content-Disposition: attachment; filename=A.EXE | yes",
        "SubjectIs=hi | SubjectIs(hi) | ann@example.org | Subject: hi there | no",
        "SubjectStartsWith=hi | SubjectStartsWith(hi) | ann@example.org | Subject: hi there | yes",
        "IsFromMailingList | IsFromList | ann@example.org | List-Post: <mailto:a@x.example> | yes",
        "IsMarkedAsSpam | 'HasHeader(X-Spam-Flag, YES)' | ann@example.org | X-Spam-Flag: YES | yes",
        "IsSMIMEEncrypted | IsEncrypted | ann@example.org | Content-Type: application/pkcs7-mime; smime-type=enveloped-data | yes",
        "SenderHostIs=EXAMPLE.net | SenderHostIs(EXAMPLE.net) | ann@example.org | X: y | yes",
        "SentByMailet | IsFromServer | ann@example.org | X: y | no",
      })
  void choosesWhatTheirsChooses(
      String theirs, String ours, String recipient, String header, String chosen) {
    Passage passage =
        steps("- match: '" + ours + "'\n  mailet: SetAttribute\n  name: hit\n  value: 'yes'")
            .takeText(header.replace("\\n", "\n") + "\n\none\ntwo\nthree\n")
            .to(recipient);
    if (chosen.equals("yes")) {
      passage.goesThrough("root/SetAttribute");
    } else {
      passage.passesBy("root/SetAttribute");
    }
  }

  private static ChainUnderTest steps(String steps) {
    return ChainUnderTest.settings(FromJamesRowsTest.class)
        .ofSteps(steps)
        .users("ann@example.org", "bob@example.org");
  }

  @Test
  void mailetsDoWhatTheirsDo() {
    Passage prefix =
        one("mailet: RemoveHeadersByPrefix\n  prefixes: X-Old-", "X-Old-A: 1\nX-New: 2");
    prefix.hasNoHeader("X-Old-A").hasHeader("X-New", "2");
    one("mailet: SubjectPrefix\n  prefix: '[a]'", "Subject: hi").hasHeader("Subject", "[a] hi");
    one("mailet: AddHeader\n  name: X-A\n  value: b", "X-A: a").hasHeader("X-A", "a");
    one("mailet: RecipientsFromHeader", "To: bob@example.org\nCc: Eve <eve@example.net>")
        .hasRecipients("bob@example.org", "eve@example.net");
    one("mailet: RemoveAttribute\n  prefixes: ['']", "X: y").note("a", "b").keptIn("root");
    one("mailet: AddMessageId", "X: y").goesThrough("root/AddMessageId").hasText("Message-ID: <");
    one("mailet: ToPlainText", "Content-Type: text/html; charset=utf-8").hasText("text/plain");
    one("mailet: SetPriority\n  priority: 9", "X: y").hasNote("posthorn.priority", "9");
    one("mailet: Expires\n  after: 1d", "X: y").hasText("Expires: ");
    one("mailet: 'Drop'\n  reason: gone", "X: y").done("gone");
    one("mailet: CalendarToAttachment", "Content-Type: text/calendar").hasText("invite.ics");
    one("mailet: SplitRecipients\n  at-most: 1", "X: y")
        .to("ann@example.org", "bob@example.org")
        .forRecipient("bob@example.org")
        .hasNote("split.part", "2");
  }

  private static Passage one(String mailet, String header) {
    return steps("- " + mailet).takeText(header + "\n\nhello\n");
  }
}
